#!/bin/bash
# What a stranger does: builds the plugins of the guide and of the examples against an installed
# dcddns, tests, checks and installs them, and publishes an address that one of them found.
# usage: tests/sdk/test_sdk.sh PREFIX
#   PREFIX   an installed tree with all components
#   RUSTC    Rust compiler; default: rustc
# Needs cmake, a C and a C++ compiler, make, pkg-config, rustc, readelf, nm, jq, kdig, python3.
# Nothing here may use the source tree but this folder, tests/e2e/lib.sh and tests/abi.
set -u
if [ $# -ne 1 ] || [ ! -x "$1/bin/dcddns" ]; then
    sed -n '4,7s/^# \{0,1\}//p' "$0" >&2
    exit 64
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
prefix=$(realpath "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/dcddns-sdk.XXXXXX")
plugins=$work/plugins
passed=0 failed=0
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

pc=$(find "$prefix" -name dcddns-plugin.pc -print -quit)
docs=$(dirname "$(find "$prefix" -name plugin-guide.md -print -quit)")
export PKG_CONFIG_PATH=${pc%/*} CMAKE_PREFIX_PATH=$prefix RUSTC=${RUSTC:-rustc}
umask 022

# check NAME COMMAND...: passes when COMMAND does
check() {
    local name=$1
    shift
    if "$@" >"$work/out.txt" 2>&1; then
        echo "ok - $name"
        passed=$((passed + 1))
    else
        echo "not ok - $name"
        sed 's/^/#   /' "$work/out.txt" | tail -30
        failed=$((failed + 1))
    fi
}
# refuses WORDS COMMAND...: COMMAND fails and says WORDS
refuses() {
    local words=$1
    shift
    if "$@" >"$work/refused.txt" 2>&1; then
        echo "it passed: $*"
        return 1
    fi
    grep -qF -- "$words" "$work/refused.txt" || { cat "$work/refused.txt"; return 1; }
}

# -- building --------------------------------------------------------------------------------------

# with_cmake FOLDER [OPTION...]: configures, builds, tests and installs into $plugins
with_cmake() {
    local folder=$1
    shift
    cmake -S "$folder" -B "$folder/build" -DDCDDNS_PLUGIN_DIR="$plugins" "$@" &&
        cmake --build "$folder/build" &&
        ctest --test-dir "$folder/build" --output-on-failure --no-tests=error &&
        cmake --install "$folder/build"
}

with_make() {
    make -C "$1" check install PLUGINDIR="$plugins"
}

# brightbox and firstline once more, as a Makefile would build them
with_pkg_config() {
    local cflags ldflags
    cflags=$(pkg-config --cflags dcddns-plugin) || return 1
    ldflags=$(pkg-config --variable=ldflags dcddns-plugin) || return 1
    [ "$(pkg-config --variable=plugindir dcddns-plugin)" = "$prefix/lib/dcddns" ] ||
        [ -d "$(pkg-config --variable=plugindir dcddns-plugin)/ip-source" ] || return 1
    mkdir -p "$work/pc/ip-source"
    # shellcheck disable=SC2086 # lists of words
    (cd "$work/examples/out-of-tree" &&
        ${CC:-cc} $cflags -Wall -Wextra -Werror ./*.c -o "$work/pc/ip-source/brightbox.so" $ldflags) &&
        (cd "$work/examples/cpp" && ${CXX:-c++} -std=c++17 $cflags -Wall -Wextra -Werror firstline.cpp \
            -o "$work/pc/ip-source/firstline.so" $ldflags)
}

# guide_files N: the N-th version of every file that the guide shows, or the last before that, as a
# reader copies it. The name stands in bold on a line of its own, the text in the fence after it.
guide_files() {
    awk -v folder="$work/guide" -v wanted="$1" '
        /^\*\*`[^`]*`\*\*$/ { name = $0; gsub(/[*`]/, "", name); next }
        /^```/ && inside { inside = 0; name = ""; close(file); next }
        /^```/ && name != "" {
            inside = 1
            file = ++seen[name] <= wanted ? folder "/" name : "/dev/null"
            printf "" >file
            next
        }
        inside { print >file }
    ' "$docs/plugin-guide.md"
}

guide_first() {
    guide_files 1
    with_cmake "$work/guide" && cd "$work/guide" && rm -r build && make &&
        make install DESTDIR="$work/dest" &&
        "$prefix/bin/dcddns" modules check build/modules/ip-source/mybox.so &&
        cmp build/modules/ip-source/mybox.so \
            "$work/dest$(pkg-config --variable=plugindir dcddns-plugin)/ip-source/mybox.so" &&
        rm -r build
}

guide_second() {
    guide_files 2
    rm "$plugins/ip-source/mybox.so" # cmake takes files made within one second for the same
    grep -q 'host->http' "$work/guide/mybox.c" && with_cmake "$work/guide"
}

# The three that the guide shows for watching, auth strategies and notifiers
guide_kinds() {
    mkdir -p "$work/kinds"
    cp "$work/guide/"{filewatch,shared,append}.c "$work/kinds"
    cat >"$work/kinds/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.18)
project(kinds LANGUAGES C)
find_package(DcddnsPlugin 1.0 REQUIRED)
include(CTest)
add_compile_options(-Wall -Wextra -Werror)
dcddns_add_plugin(filewatch ip-source filewatch.c)
target_link_libraries(filewatch PRIVATE pthread)
dcddns_add_plugin(shared auth shared.c)
dcddns_add_plugin(append notifier append.c)
dcddns_test_plugin(filewatch ip-source "file=${CMAKE_BINARY_DIR}/address")
dcddns_test_plugin(shared auth)
dcddns_test_plugin(append notifier)
END
    with_cmake "$work/kinds"
}

# What the guide says of its Makefile: the name in place of mybox, threads in LDLIBS
guide_threads() {
    mkdir "$work/threads" || return 1
    sed 's/mybox/filewatch/g' "$work/guide/Makefile" >"$work/threads/Makefile" &&
        cp "$work/guide/filewatch.c" "$work/threads" &&
        make -C "$work/threads" LDLIBS=-pthread CFLAGS='-Wall -Wextra -Werror' &&
        "$prefix/bin/dcddns" modules check "$work/threads/build/modules/ip-source/filewatch.so" \
            --option "file=$work/threads/address"
}

# A pipe with nobody at its other end: who opens it as a file waits for ever.
guide_pipes() {
    mkfifo "$work/pipe" || return 1
    "$prefix/bin/dcddns" modules check "$plugins/ip-source/filewatch.so" \
        --option "file=$work/pipe" &&
        "$prefix/bin/dcddns" modules check "$plugins/notifier/append.so" \
            --option "file=$work/pipe"
}

# -- what was built --------------------------------------------------------------------------------

each_plugin() { find "$plugins" "$work/pc" -name '*.so'; }

exports() {
    local file
    for file in $(each_plugin); do
        sh "$root/tests/abi/check-exports.sh" nm "$file" || return 1
    done
}

hardened() {
    local file
    for file in $(each_plugin); do
        readelf -dW "$file" | grep -q 'FLAGS.*NOW' || { echo "$file: not bound at once"; return 1; }
        readelf -lW "$file" | grep -q GNU_RELRO || { echo "$file: no relro"; return 1; }
        ! readelf -dW "$file" | grep -qE 'TEXTREL|RPATH|RUNPATH' || { echo "$file: see readelf -d"; return 1; }
    done
}

# Dependency files of the compilers name every file that was read.
only_installed() {
    local found
    [ -n "$(find "$work" -name '*.c.o.d' -print -quit)" ] || { echo 'no dependency files'; return 1; }
    found=$(find "$work" -name '*.d' -exec cat {} + | grep -oE '[^ ]+' | grep -F "$root/" |
        grep -vF "$prefix/")
    [ -z "$found" ] || { echo "$found"; return 1; }
}

dc() { "$prefix/bin/dcddns" --config "$work/dcddns.conf" "$@"; }

shown() {
    local name
    printf '[core]\nplugin-path = %s, %s\nstate-dir = %s\n' "$plugins" \
        "$(pkg-config --variable=plugindir dcddns-plugin)" "$work/state" >"$work/dcddns.conf"
    for name in brightbox firstline addrfile mybox; do
        dc modules | grep -qE "^ip-source +$name +1\.0" || { dc modules; return 1; }
        dc modules show "$name" | tee "$work/show.txt"
        grep -qF "$plugins/ip-source/$name.so" "$work/show.txt" || return 1
        dc modules check "$plugins/ip-source/$name.so" || return 1
    done
    dc modules check "$work/pc/ip-source/brightbox.so"
}

# -- what must not pass ----------------------------------------------------------------------------

# bad_project LINE...: configures and builds a project of these lines after find_package
bad_project() {
    rm -rf "$work/bad"
    mkdir "$work/bad"
    {
        echo 'cmake_minimum_required(VERSION 3.18)'
        echo 'project(bad C)'
        printf '%s\n' "$@"
    } >"$work/bad/CMakeLists.txt"
    cp "$work/guide/mybox.c" "$work/bad/bad.c"
    echo 'int nowhere(void); int visible(void); int visible(void) { return nowhere(); }' >>"$work/bad/bad.c"
    cmake -S "$work/bad" -B "$work/bad/build" && cmake --build "$work/bad/build"
}

# -- an update -------------------------------------------------------------------------------------

# update NAME [ENVIRONMENT...]: the scenario update.sh with one source
update() {
    local name=$1
    shift
    mkdir "$work/update-$name"
    env E2E_PREFIX="$prefix" E2E_WORK="$work/update-$name" E2E_WRAP='' E2E_SCALE=1 \
        SDK_PLUGINS="$plugins" "$@" \
        setsid --wait timeout -k 10 120 bash "$here/update.sh"
}

# --------------------------------------------------------------------------------------------------

if [ -z "$pc" ] || [ "$docs" = . ]; then
    echo "not ok - $prefix has no component dev"
    failed=1
fi
mkdir -p "$work/guide"
cp -r "$docs/examples" "$work/examples"

check 'C example: cmake, its tests, install' \
    with_cmake "$work/examples/out-of-tree" -DCMAKE_C_FLAGS=-Werror
check 'C and C++ examples: pkg-config' with_pkg_config
check 'C++ example: cmake, check, install' with_cmake "$work/examples/cpp" -DCMAKE_CXX_FLAGS=-Werror
check 'Rust example: layout, check, install' with_make "$work/examples/rust"
check 'guide: first version, with cmake and with make' guide_first
check 'guide: second version' guide_second
check 'guide: watching, auth strategy, notifier' guide_kinds
check 'guide: watching, with make and threads' guide_threads
check 'guide: a pipe in place of a file keeps nobody waiting' guide_pipes
check 'each exports one symbol and leaves none open' exports
check 'each is bound at once and read-only after' hardened
check 'only the installed tree was used' only_installed
check 'modules: list, show, check' shown

check 'another major version is refused' refuses 'compatible with requested version "2.0"' \
    bad_project 'find_package(DcddnsPlugin 2.0 REQUIRED)'
check 'a newer minor version is refused' refuses 'compatible with requested version "1.99"' \
    bad_project 'find_package(DcddnsPlugin 1.99 REQUIRED)'
check 'an unknown kind is refused' refuses 'there is no kind "ip-sources"' bad_project \
    'find_package(DcddnsPlugin 1.0 REQUIRED)' 'dcddns_add_plugin(bad ip-sources bad.c)'
check 'a name that cannot be is refused' refuses 'a name is 1 to 32' bad_project \
    'find_package(DcddnsPlugin 1.0 REQUIRED)' 'dcddns_add_plugin(Bad ip-source bad.c)'
check 'an open symbol does not link' refuses nowhere bad_project \
    'find_package(DcddnsPlugin 1.0 REQUIRED)' 'dcddns_add_plugin(bad ip-source bad.c)'

check 'update: addrfile (Rust)' update addrfile
check 'update: brightbox (C) over https' update brightbox
check 'update: the modules of the guide, all three kinds' update filewatch
check 'update: brightbox (C) over http' update brightbox-http
check 'update: firstline (C++) over http' update firstline-http
check 'update: second version of the guide, over http' update mybox-http

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
