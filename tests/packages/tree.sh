# shellcheck shell=bash disable=SC2154 # variables of those who source this
# A bare Debian tree for tests of the packages: where it comes from, and what it needs to be used.
# Sourced with
#   folder   the test's own folder      tree   where the tree goes: made anew, and removed
#   log      what tools say
# The tree is made once, and kept as an archive in DCDDNS_TEST_CACHE or /var/tmp.
cache=${DCDDNS_TEST_CACHE:-/var/tmp/dcddns-test}

# Nothing is mounted outside of the namespace that uses the tree, so nothing can be left mounted.
# shellcheck disable=SC2317 # by the trap, too
remove_tree() { [ ! -e "$tree" ] || rm -rf --one-file-system "$tree"; }

# Lines "URI SUITE COMPONENT" of this machine's apt, for the release that it runs.
apt_lines() {
    local code
    # shellcheck source=/dev/null
    code=$(. /etc/os-release && echo "$VERSION_CODENAME")
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        awk -v code="$code" '$3 == "main" && index($2, code) == 1' | sort -u
}

# Why the tree cannot be made here, or nothing.
obstacle() {
    [ "$(id -u)" -eq 0 ] || { echo 'it needs root'; return; }
    command -v debootstrap >/dev/null || { echo 'debootstrap is not installed'; return; }
    unshare --mount --pid --fork true 2>/dev/null || { echo 'no mount namespaces here'; return; }
    [ -n "$(apt_lines)" ] || echo 'apt says no mirror of the release that runs here'
}

# A proxy of apt's is one of debootstrap's.
use_proxy() {
    local proxy=''
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [ -z "$proxy" ] || export http_proxy=$proxy
}

# For bare_tree.
debootstrap_it() {
    rm -rf --one-file-system "$folder/new"
    unshare --mount debootstrap --variant=minbase "$suite" "$folder/new" "$uri" >>"$log" 2>&1
}

# The bare tree, from the cache or from the mirror.
bare_tree() {
    local uri suite rest archive
    read -r uri suite rest < <(apt_lines | awk '$2 !~ /-/')
    archive=$cache/$suite-$(dpkg --print-architecture).tar
    remove_tree
    mkdir -p "$tree" "$cache"
    if [ ! -s "$archive" ]; then
        use_proxy
        debootstrap_it || debootstrap_it || return 1 # a mirror may fail once
        tar -C "$folder/new" -cf "$archive.part" . && mv "$archive.part" "$archive"
        rm -rf --one-file-system "$folder/new"
    fi
    tar -C "$tree" -xf "$archive"
}

furnish() {
    apt_lines | sed 's/^/deb /' >"$tree/etc/apt/sources.list"
    apt-config dump | grep -E '^Acquire::https?::Proxy' >"$tree/etc/apt/apt.conf.d/90proxy"
    echo 'Acquire::Retries "5";' >"$tree/etc/apt/apt.conf.d/91retries"
    cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
}
