#!/bin/bash
# The table of special-purpose addresses: what its generator refuses, and what the comparison with
# IANA's files finds.
# usage: special_purpose.sh CMAKE TREE
set -u
cmake=$1 tree=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
    echo "$*" >&2
    failed=1
}

make_table() { # TEXT: as the data file
    printf '%s\n' "$1" >"$work/in.csv"
    rm -f "$work/out.inc"
    "$cmake" -D "IN=$work/in.csv" -D "OUT=$work/out.inc" -P "$tree/cmake/SpecialPurpose.cmake" \
        >"$work/said" 2>&1
}

# refused ROW [LINE]: with file and line
refused() {
    make_table "# checked: 2025-10
$1" && complain "taken: $1"
    [ ! -e "$work/out.inc" ] || complain "a table in spite of: $1"
    grep -q 'in.csv' "$work/said" || complain "no file is named for: $1"
}

made() { # ROWS WANTED...: the blocks of the table in their order
    local rows=$1 got
    shift
    make_table "# checked: 2025-10
$rows" || complain "refused: $rows: $(<"$work/said")"
    got=$(grep -o '"[0-9a-f.:]*/[0-9]*"' "$work/out.inc" | tr -d '"' | tr '\n' ' ')
    [ "$got" = "$* " ] || complain "of $rows came $got, not $*"
}

refused '10.0.0.0/8,Private'
refused '10.0.0.0/8,Private,RFC 1918,more'
refused '10.0.0.0,Private,RFC 1918'
refused '10.0.0.0/33,Private,RFC 1918'
refused '10.0.0.0/08,Private,RFC 1918'
refused '10.0.0.1/8,Private,RFC 1918'
refused '10.0.0/8,Private,RFC 1918'
refused '10.0.0.256/32,Private,RFC 1918'
refused '010.0.0.0/8,Private,RFC 1918'
refused '128.0.0.0/0,All,RFC 1'
refused '2001:db8::/129,Documentation,RFC 3849'
refused '2001:db8::/31,Benchmark,RFC 3849
2001:db9::/31,Bits,RFC 3849'
refused '2001:db8/32,Documentation,RFC 3849'
refused '2001::db8::/32,Documentation,RFC 3849'
refused '12345::/16,Long,RFC 3849'
refused '1:2:3:4:5:6:7:8:9/128,Long,RFC 3849'
refused '1:2:3:4:5:6:7::8/128,Full,RFC 3849'
refused '2001:DB8::/32,Capitals,RFC 3849'
refused '10.0.0.0/8,Private,rfc 1918'
refused '10.0.0.0/8,,RFC 1918'
refused '10.0.0.0/8,"Private",RFC 1918'
refused '10.0.0.0/8,a;b,RFC 1918'
refused '10.0.0.0/8,a\b,RFC 1918'
refused '10.0.0.0/8,Once,RFC 1918
10.0.0.0/8,Twice,RFC 1918'
refused ' 10.0.0.0/8,Blank,RFC 1918'
refused ''
make_table '10.0.0.0/8,No date,RFC 1918' && complain 'taken without a date'
made '0.0.0.0/0,All,RFC 1' 0.0.0.0/0
made '::/0,All,RFC 1' ::/0
made '10.0.0.0/8,Wide,RFC 1918
fc00::/7,Local,RFC 4193
10.1.0.0/16,Narrow,RFC 1918
::1/128,Loopback,RFC 4291
10.1.2.3/32,One,RFC 1918' 10.1.2.3/32 10.1.0.0/16 10.0.0.0/8 ::1/128 fc00::/7
grep -qF '{ 6, 7, { 0xfc }, { "fc00::/7", "Local", "RFC 4193" } },' "$work/out.inc" ||
    complain 'the bytes are wrong'

# IANA's files, made of ours.
python3 - "$tree/core/base/special-purpose.csv" "$work" <<'END' || complain 'no files of IANA'
import csv, sys
heads = "Address Block,Name,RFC,Allocation Date".split(",")
elsewhere = ("192.88.99.2/32", "224.0.0.0/4", "::/96", "fec0::/10", "ff00::/8", "4000::/3")
files = [csv.writer(open(f"{sys.argv[2]}/v{n}.csv", "w", newline="")) for n in (4, 6)]
for file in files:
    file.writerow(heads)
for line in open(sys.argv[1]):
    if line.startswith("#"):
        continue
    block, name, rfc = line.rstrip("\n").split(",")
    if block in elsewhere:
        continue
    if block == "192.0.0.170/31":
        block = "192.0.0.170/32, 192.0.0.171/32"
    rfc = "".join(f"[RFC{n}]" for n in rfc.split() if n.isdigit())
    files[":" in block].writerow([block + " [2]", name, rfc, "1981-09"])
END
compare() { "$tree/scripts/checks/special-purpose" "$work/v4.csv" "$work/v6.csv" >"$work/said" 2>&1; }
compare || complain "the same, and yet: $(<"$work/said")"
cp "$work/v4.csv" "$work/kept.csv"
echo '198.96.0.0/16,New,[RFC9999],2030-01' >>"$work/v4.csv"
compare && complain 'a new block is not found'
grep -qF '198.96.0.0/16 is missing' "$work/said" || complain "a new block: $(<"$work/said")"
grep -v '^198.18' "$work/kept.csv" >"$work/v4.csv"
compare && complain 'a block that is gone is not found'
sed 's/RFC2544/RFC9998/' "$work/kept.csv" >"$work/v4.csv"
compare && complain 'another RFC is not found'
exit $failed
