# shellcheck shell=bash disable=SC2015,SC2016,SC2034,SC2154 # variables are those of run and lib.sh
# The setup dialog with a dcddns.exe that plays its part: errors, waiting, cancelling.
calls() { tr -d '\r' <"$app/fake.log"; }
called() { calls | grep -qF -- "$1"; }

names_are_checked() {
    hint_is '' && cannot "$GET" || fail 'nothing typed, and something is wrong' || return 1
    types home
    wait_for 5 'a hint' hint_is 'The full name is needed, with its domain: home.example.com' || return 1
    cannot "$GET" || fail 'a code for half a name' || return 1
    keys Return # the button is off: nothing happens, and the dialog stays
    picture setup-name
    types .example.com
    wait_for 5 'a whole name' can "$GET" && hint_is ''
}
wrong_code() {
    keys Return
    wait_for 10 'the provider' says_part 'Found: Example DNS looks after the DNS of home.example.com' || return 1
    wait_for 10 'the page in the browser' opened 'https://dns.example/consent?domain=example.com&host=home' || return 1
    called '--config C:\app\x.conf setup home.example.com --ipv4 --json' || fail "$(calls)" || return 1
    wait_for 5 'the dialog waits for a code' waits_for_code || return 1
    cannot "$SERVICE" && cannot "$TRAY" || fail 'the code is for one of them' || return 1
    picture setup-code
    types bad-code # the keyboard is where the code goes
    wait_for 5 'a code' can "$FINISH"
    keys Return
    wait_for 10 'the refusal' says_part 'The provider does not take this code: it was used, or is too old' || return 1
    wait_for 10 'a second try' waits_for_code && can "$OPEN" || return 1
    picture setup-wrong-code
}
right_code() {
    focus "$title"
    keys ctrl+a # the wrong one
    types ' good-code ' # blanks come along when people copy
    keys Return
    wait_for 10 'the address in DNS' says_part 'home.example.com is now 203.0.113.7 in DNS.' || return 1
    wait_for 10 'the tray' says_part 'The icon beside the clock' || return 1
    picture setup-done
    [ -z "$(drive text "$title" "$CODE")" ] || fail 'the code is still shown' || return 1
    calls | grep -q good-code && fail 'the code was on a command line' && return 1
    wine reg query 'HKCU\Software\Microsoft\Windows\CurrentVersion\Run' /v dcddns | tr -d '\r' |
        grep -q 'dcddns-tray.exe --config C:\\app\\x.conf --quiet' || fail 'it does not start at login' || return 1
    wine reg delete 'HKCU\Software\Microsoft\Windows\CurrentVersion\Run' /v dcddns /f >/dev/null 2>&1
    keys Return # Close is the default now
    wait_for 10 'the dialog closes' no_dialog || return 1
    end_tray
}
no_tray() { ! drive list | grep -q ' dcddns-tray:'; }
end_tray() { # that setup has started, a moment ago
    wait_for 20 'the tray' has_a_tray || return 1
    drives send dcddns-tray 0x111 1006 0
    wait_for 10 'the tray ends' no_tray
}
# In one dialog: what went wrong with one name says nothing of the next.
ask_for() { # NAME
    keys alt+n ctrl+a
    types "$1"
    wait_for 5 'a whole name' can "$GET" && keys Return
}
no_asynchronous_flow() {
    open_setup --config 'C:\app\x.conf' --name sync.example.com || return 1
    keys alt+g
    wait_for 10 'why not' says_part 'does not offer the asynchronous flow' || return 1
    picture setup-sync-only
    wait_for 5 'another try' can "$GET" && cannot "$CODE"
}
no_network() {
    ask_for offline.example.com
    wait_for 10 'why not' says_part 'no DNS server answered' || return 1
    wait_for 5 'another try' can "$GET" || return 1
    says_part 'check the network connection' && cannot "$CODE"
}
broken_configuration() {
    ask_for broken.example.com
    wait_for 10 'the line' says_part 'dcddns.conf:3: unknown key "intervall"'
}
cancelling() {
    ask_for slow.example.com
    wait_for 10 'it is busy' cannot "$GET" && says_part 'Looking for the DNS provider' || return 1
    picture setup-busy
    keys Escape
    wait_for 5 'it is cancelled' says_part Cancelled && wait_for 5 'another try' can "$GET"
}
cancelled_when_stored() { # the permission is there: it is kept, and the next page is left out
    : >"$W/pages"
    open_setup --config 'C:\app\x.conf' --name home.example.com --name home.example.org || return 1
    keys alt+g
    wait_for 10 'the first page' waits_for_code || return 1
    types slow-code
    keys Return
    wait_for 10 'the permission' says_part 'The permission for home.example.com is stored.' || return 1
    keys Escape
    wait_for 10 'it is cancelled' says_part Cancelled || return 1
    wait_for 10 'the tray' says_part 'The icon beside the clock' || return 1
    picture setup-cancelled-when-stored
    cannot "$CODE" && can "$GET" || fail 'it waits for a code' || return 1
    opened 'domain=example.org' && fail 'the next page is open' && return 1
    wine reg query 'HKCU\Software\Microsoft\Windows\CurrentVersion\Run' /v dcddns >/dev/null 2>&1 ||
        fail 'it does not start at login' || return 1
    wine reg delete 'HKCU\Software\Microsoft\Windows\CurrentVersion\Run' /v dcddns /f >/dev/null 2>&1
    close_setup
    end_tray
}
by_keys() { # without a mouse: Tab in the order of the dialog, Alt and a letter to each part
    keys alt+n
    tab_through "$title" 1003 1004 "$TRAY" "$GET" "$SAYS" 2 "$NAME" || return 1
    keys alt+a
    wait_for 5 'the service is chosen' has_keyboard "$title" "$SERVICE" || return 1
    keys alt+w
    wait_for 5 'the tray is chosen' has_keyboard "$title" "$TRAY"
}
both_families_off() {
    keys alt+4
    wait_for 5 'a hint' hint_is 'Choose IPv4, IPv6 or both.' && cannot "$GET" || return 1
    keys alt+6
    wait_for 5 'it is right again' can "$GET" || return 1
    ask_for home.example.com
    wait_for 10 'IPv6 alone' called 'setup home.example.com --ipv6 --json' && close_setup
}
no_program() {
    rm "$app/dcddns.exe"
    open_setup --config 'C:\app\x.conf' --name home.example.com || return 1
    keys alt+g
    wait_for 10 'what is missing' says_part 'dcddns.exe could not be started' && close_setup
    cp "$build/tests/windows/front/front_fake_dcddns.exe" "$app/dcddns.exe"
}
two_zones() { # a page and a code for each; the person stops after the first
    wine reg add 'HKLM\Software\Microsoft\Windows\CurrentVersion\Run' /v dcddns /d x /f >/dev/null 2>&1
    open_setup --config 'C:\app\x.conf' || return 1
    types 'home.example.com, www.example.com home.example.org'
    keys alt+g
    wait_for 10 'both zones' says_part 'After that: home.example.org, with a page' || return 1
    says_part 'Example DNS looks after the DNS of home.example.com, www.example.com.' || return 1
    opened 'domain=example.com&host=home' || fail 'the first page is not open' || return 1
    opened 'domain=example.org' && fail 'both pages at once' && return 1
    wait_for 5 'the dialog waits for a code' waits_for_code || return 1
    picture setup-two-zones
    types old-code
    keys Return
    wait_for 10 'what now' says_part 'codes work once and for a few minutes only: get a new code' || return 1
    wait_for 10 'another try' waits_for_code || return 1
    keys ctrl+a
    types good-code
    keys Return
    wait_for 10 'the second page' opened 'domain=example.org&host=home' || return 1
    wait_for 10 'the second code' waits_for_code || return 1
    wait_for 10 'its words' says_part 'looks after the DNS of home.example.org.' || return 1
    picture setup-second-zone
    keys Escape
    wait_for 10 'the dialog closes' no_dialog || return 1
    wait_for 10 'the first zone is kept up to date' has_a_tray || return 1
    wine reg query 'HKCU\Software\Microsoft\Windows\CurrentVersion\Run' /v dcddns >/dev/null 2>&1 &&
        fail 'two entries start it' && return 1
    wine reg delete 'HKLM\Software\Microsoft\Windows\CurrentVersion\Run' /v dcddns /f >/dev/null 2>&1
    end_tray
}
has_a_tray() { ! no_tray; }
second_zone() { # the same to its end
    open_setup --config 'C:\app\x.conf' --name home.example.com --name home.example.org || return 1
    keys alt+g
    wait_for 10 'the first page' waits_for_code || return 1
    types good-code
    keys Return
    wait_for 10 'the second page' says_part 'looks after the DNS of home.example.org.' || return 1
    wait_for 10 'the second code' waits_for_code || return 1
    types good-code
    keys Return
    wait_for 10 'both are set up' says_part 'home.example.org is now 203.0.113.7 in DNS.' || return 1
    called 'setup home.example.org --json --code-file -' || fail "$(calls)" || return 1
    keys Return
    wait_for 10 'the dialog closes' no_dialog || return 1
    end_tray
}
taking_over() {
    old_service '{}'
    open_setup --config 'C:\app\x.conf' || return 1
    drives shown "$title" "$TAKE" || fail 'it is not offered' || return 1
    picture setup-take-over
    keys alt+t
    wait_for 10 'the import' says_part 'the provider took its token' || return 1
    called 'import C:\old one\settings.txt' || fail "$(calls)" || return 1
    no_old_service
    end_tray && close_setup
}
with_a_service() {
    open_setup --config 'C:\app\x.conf' --service --name home.example.com || return 1
    keys alt+g
    wait_for 10 'the dialog waits for a code' waits_for_code || return 1
    types good-code
    keys Return
    wait_for 10 'the service' says_part 'The service runs' || return 1
    picture setup-service
    called 'service install' && called 'service start' && close_setup
}

put_programs "$build/tests/windows/front/front_fake_dcddns.exe"
open_setup --config 'C:\app\x.conf'
check 'names are checked while they are typed' names_are_checked
check 'a wrong code can be tried again' wrong_code
check 'the right code: address, and the tray at login' right_code
check 'two zones: one after the other' two_zones
check 'two zones, to the end' second_zone
check 'cancelled when the permission was stored' cancelled_when_stored
check 'a provider without the asynchronous flow' no_asynchronous_flow
check 'no network' no_network
check 'a configuration with an error' broken_configuration
check 'what takes too long is cancelled' cancelling
check 'by keys alone' by_keys
check 'neither family, then IPv6 alone' both_families_off
check 'dcddns.exe is missing' no_program
check 'the Domain Connect service is taken over' taking_over
check 'a service instead of the tray' with_a_service
