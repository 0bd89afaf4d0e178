# shellcheck shell=bash disable=SC2154 # variables are those of run
# What the system tells windows only: the clock was set, the machine woke up, the user logs off.  Where
# there is no screen, the test of it leaves these out.
watch_on_a_screen() {
    wine "$build/tests/test_windows_signal.exe" >"$W/watch" 2>&1 || { fail "$(<"$W/watch")"; return 1; }
    ! grep -q SKIPPED "$W/watch" || fail "$(<"$W/watch")"
}
check 'the hidden window' watch_on_a_screen
