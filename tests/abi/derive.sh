#!/bin/sh
# derive.sh HEADER OUT: headers that a later version could have, for tests of the tests.
#   OUT/next    1.(N+1): grows at the end of a host service table, an operation table, an event and
#               an option
#   OUT/broken  inserts a service in the middle
#   OUT/retyped changes the type of an argument
#   OUT/mixed   next and retyped
set -eu
header=$1
out=$2
minor=$(sed -n 's/^#define DCDDNS_ABI_MINOR \([0-9]*\).*/\1/p' "$header")
for variant in next broken retyped mixed; do
    mkdir -p "$out/$variant/dcddns"
done

awk -v minor="$minor" '
    /^#define DCDDNS_ABI_MINOR / { print "#define DCDDNS_ABI_MINOR " minor + 1
                                   print "#define DCDDNS_TESTS_NEXT 1"; next }
    /^struct dcddns_[a-z_]+ \{/ { name = $2 }
    /^};/ {
        if (name == "dcddns_host") print "    int64_t (*now_ms)(void); /* since the next */"
        if (name == "dcddns_option") print "    const char *example; /* since the next, or NULL */"
        if (name == "dcddns_ip_source")
            print "    int (*describe)(void *self, char *text, size_t cap); /* since the next */"
        if (name == "dcddns_event") { print "    int64_t valid_until_ms; /* since the next */" }
        name = ""
    }
    { print }' "$header" >"$out/next/dcddns/plugin.h"
awk '{ print } /int \(\*parse_addr\)/ { print "    int64_t (*now_ms)(void);" }' "$header" \
    >"$out/broken/dcddns/plugin.h"
retype='s/int (\*random)(void \*buf, size_t len)/int (*random)(void *buf, uint32_t len)/'
sed "$retype" "$header" >"$out/retyped/dcddns/plugin.h"
sed "$retype" "$out/next/dcddns/plugin.h" >"$out/mixed/dcddns/plugin.h"
for variant in next broken retyped mixed; do
    if cmp -s "$header" "$out/$variant/dcddns/plugin.h"; then
        echo "$0: the variant $variant did not change anything" >&2
        exit 1
    fi
done
if cmp -s "$out/next/dcddns/plugin.h" "$out/mixed/dcddns/plugin.h"; then
    echo "$0: the variant mixed is no other than next" >&2
    exit 1
fi
[ "$(grep -c 'since the next' "$out/next/dcddns/plugin.h")" -eq 4 ] || {
    echo "$0: the variant next lacks a member" >&2
    exit 1
}
