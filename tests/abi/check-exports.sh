#!/bin/sh
# check-exports.sh NM MODULE: the module exports exactly dcddns_plugin_v1 and imports nothing that a
# library it names does not provide.
set -eu
nm=$1
module=$2

exported=$("$nm" -D --defined-only "$module" | awk '{ print $3 }' | sed 's/@.*//' | sort -u)
if [ "$exported" != dcddns_plugin_v1 ]; then
    echo "$module: exports \"$exported\", allowed is dcddns_plugin_v1 only" >&2
    exit 1
fi
# Symbols of a library carry its version after '@'; weak ones (w, v) may stay open.
open=$("$nm" -D --undefined-only "$module" | awk '$1 == "U" && $2 !~ /@/ { print $2 }')
if [ -n "$open" ]; then
    echo "$module: needs \"$open\" from whoever loads it; use struct dcddns_host" >&2
    exit 1
fi
