#!/bin/sh
# check-hostile.sh PROGRAM FOLDER NAME: what `modules check` says of one hostile module.
# check-hostile.sh --table SOURCES: every module of that folder has a row below.
# FOLDER holds KIND/NAME.so. Columns: name, exit status, a regular expression that must match.
set -eu

table() {
    cat <<'END'
honest          0 honest.so: a usable module for ABI 1$
units           0 units.so: a usable module for ABI 1$
sleeper         0 sleeper.so: a usable module for ABI 1$
prints          0 ^note printed: hello .x1b.31mworld$
knows           0 knows.so: a usable module for ABI 1$
babbles-create  2 ^FAIL create\(\) and destroy\(\): hung: nothing came back for 15 s
file-pair       2 ^FAIL file: .* its options password and password-file cannot both be
bad-code        2 ^FAIL query.*: query\(\) returned 77, which is no result
bad-default     2 ^FAIL file: .* the default of its option count is not a whole number
bad-name        2 ^FAIL file: .* its name is not 1 to 32 of a-z, 0-9 and "-"
bad-option      2 ^FAIL file: .* its option 0 has no proper name or no help
bad-stride      2 ^FAIL file: .* its options are 4 bytes apart, allowed are 32 to 4096
bad-type        2 ^FAIL file: .* its option count has type 77
believer        2 ^FAIL query\(\): status 404: the answer with status 404 was believed
borrower        2 ^FAIL imports: .*: it needs cJSON_Version from whoever loads it
crash-load      2 ^FAIL file: .*: (crashed with SIGABRT|the process ended by itself)
crash-query     2 ^FAIL query\(\): the time is over .*: (crashed with SIGSEGV|the process ended by itself)
create-fails    2 ^FAIL create\(\) .*: create\(\) failed with -2: the moon is.x0a<3>not full; .*--option
create-silent   2 ^FAIL create\(\) .*: create\(\) failed with -2: it did not say why
deaf            2 ^FAIL query\(\): the time is over .*: it ignores its deadline: still busy 3 s after
empty-help      2 ^FAIL options: .*: the help of the option a is empty
entry-null      2 ^FAIL file: .* it returns no descriptor
exits           2 ^FAIL query\(\): .*: the process ended by itself, with status 0; a module must never
family-wrong    2 ^FAIL query\(\): .*: query\(\) was asked for IPv4 and gave family 6
family-zero     2 ^FAIL query\(\): .*: query\(\) was asked for IPv4 and gave family 0
half-watch      2 ^FAIL file: .* it lacks unwatch\(\)
hangs-create    2 ^FAIL create\(\) and destroy\(\): hung: nothing came back for 15 s
hinter          2 ^FAIL watch\(\) .*: hint\(\) came 1 times after unwatch\(\) had returned
late-hinter     2 ^FAIL watch\(\) .*: hint\(\) came [0-9]+ times after unwatch\(\) had returned
loose-call      2 ^FAIL query\(\): .*: the module called wait\(\) without the call that it was handed
many-options    2 ^FAIL file: .* it declares 4294967295 options
mislabels       2 ^FAIL query\(\): the other family: an address of the other family was given as one
needs-option    2 ^FAIL create\(\) .*: create\(\) failed with -2: colour is not blue
no-create       2 ^FAIL file: .* it lacks create\(\)
no-ops          2 ^FAIL file: .* it has no table of operations
no-query        2 ^FAIL file: .* it lacks query\(\)
no-symbol       2 ^FAIL exports: .* dcddns_plugin_v1 is missing
no-version      2 ^FAIL file: .* it gives no version or no summary
nosy            2 ^FAIL create\(\) .*: the module asked for the option "undeclared", which its table
not-elf         2 ^FAIL exports: .* is no shared object of this kind of machine
ops-size        2 ^FAIL file: .* its table of operations says 2 bytes, allowed are 32 to 4096
second-symbol   2 ^FAIL exports: .* these too: helper; build it with -fvisibility=hidden
self-null       2 ^FAIL create\(\) .*: create\(\) returned DCDDNS_OK and made no instance
shared-state    2 ^FAIL two instances at once.*: (one instance gave what another one was asked for|the process ended by itself)
size-huge       2 ^FAIL file: .* its descriptor says 4294967295 bytes, allowed are 80 to 4096
size-zero       2 ^FAIL file: .* its descriptor says 0 bytes, allowed are 80 to 4096
twice           2 ^FAIL file: .* it declares the option a twice
unknown-kind    2 ^FAIL file: .* it has the unknown kind 9
untidy          2 ^FAIL query\(\): .*: the reserved bytes of the address are not zero
v2-only         2 ^FAIL file: .* is made for a newer dcddns
wrong-kind      2 ^FAIL file: .* it is of kind notifier in the folder of kind ip-source; move it to
wrong-name      2 ^FAIL file: .* it calls itself "other" but its file is called "wrong-name"
careless        2 ^FAIL .*field_set\(\) fails: token\(\) returned DCDDNS_OK although field_set\(\) had failed
no-refresh      2 ^FAIL token\(\): a refresh.*: token\(\) failed with -2: nothing was kept
plain-verifier  2 ^FAIL consent\(\): no secret.*: the kept secret code_verifier travels in the consent URL, as code_challenge
same-verifier   2 ^FAIL consent\(\): each has its own.*: two consents keep the same values
secret-option   2 ^FAIL consent\(\): no secret.*: the secret option password travels in the consent URL, as hint
secret-url      2 ^FAIL consent\(\): no secret.*: the field client_secret of the consent URL is a secret
deaf-notifier   2 ^FAIL notify\(\): the time is over .*: it ignores its deadline
long-message    2 ^FAIL notify\(\): a message of .*: (crashed with SIGABRT|the process ended by itself)
says-unproven   2 ^FAIL notify\(\): .*: notify\(\) returned 1, which is no result
END
}

if [ "$1" = --table ]; then
    missing=
    for source in "$2"/*.c "$2"/auth/*.c "$2"/notifier/*.c; do
        name=$(basename "$source" .c)
        table | grep -q "^$name " || missing="$missing $name"
    done
    [ -z "$missing" ] || { echo "no row for:$missing" >&2; exit 1; }
    exit 0
fi

program=$1
file=$(echo "$2"/*/"$3.so")
row=$(table | grep "^$3 ") || { echo "no row for $3" >&2; exit 1; }
row=${row#"$3"}
# shellcheck disable=SC2086 # the first word, and the rest
set -- $row
wanted=$1
words=$(printf '%s\n' "$row" | sed 's/^ *[0-9]* //')
status=0
said=$("$program" modules check "$file" 2>&1) || status=$?
printf '%s\n' "$said"
[ "$status" = "$wanted" ] || { echo "exit status $status, wanted $wanted" >&2; exit 1; }
printf '%s\n' "$said" | grep -Eq -- "$words" || { echo "nothing matches: $words" >&2; exit 1; }
# What crashes or ends in one check is not reported as fine in it, and there is a last line.
printf '%s\n' "$said" | tail -1 | grep -Eq 'a usable module for ABI 1$|[0-9]+ checks? failed$'
