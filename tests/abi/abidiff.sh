#!/bin/sh
# abidiff.sh CC OLD NEW same|grown|broken: compares the headers below the folders OLD and NEW as
# abidiff sees them in a library; exit status 0 when the difference is what the last word says.
# Without abidiff it says "skip", but in CI that is a failure.
set -eu
cc=$1 old=$2 new=$3 wanted=$4
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v abidiff >/dev/null; then
    if [ "${CI:-}" = true ]; then
        echo "abidiff is missing (Debian: abigail-tools), and in CI this must run" >&2
        exit 1
    fi
    echo "skip: abidiff is not installed (Debian: abigail-tools)"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build() { "$cc" -std=c11 -g -O0 -fPIC -shared -I"$1" "$here/probe.c" -o "$work/$2.so"; }
build "$old" old
build "$new" new

# difference OPTION...: bits of abidiff's exit status: 1 and 2 are errors of its own, 4 a change.
difference() {
    status=0
    abidiff "$@" "$work/old.so" "$work/new.so" >"$work/report" || status=$?
    [ $((status & 3)) -eq 0 ] || { echo "abidiff itself failed ($status)" >&2; exit 1; }
}
broken=no
difference --suppressions "$here/abidiff.supp"
[ $status -eq 0 ] || broken=yes
# The suppression also hides what happens to other members: each type by itself shows it.
difference --leaf-changes-only
grep -Eq "data member (changes?|deletions?)|size hasn't changed" "$work/report" && broken=yes
cat "$work/report"

case $wanted/$broken/$status in
same/no/0 | broken/yes/4) ;;
grown/no/4) ;; # seen without the suppression: something was compared
*)
    echo "wanted: $wanted; abidiff says: broken $broken, exit status $status; the rules of change" \
        "are in CONTRIBUTING.md" >&2
    exit 1
    ;;
esac
