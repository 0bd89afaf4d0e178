# Counts the copies of secrets in the memory of a process: everything that can be read, as a core
# image would have it and more.
# usage: perl secrets-in-memory.pl PID < SECRETS    prints "COUNT KIND PLACE" for each one found
# Standard input has one secret a line; none of them is ever printed.
use strict;
use warnings;

my $pid = shift or die "usage: secrets-in-memory.pl PID\n";
my @secrets = grep { length >= 8 } map { chomp; $_ } <STDIN>;
my $total = 0;
open(my $maps, '<', "/proc/$pid/maps") or die "maps of $pid: $!\n";
open(my $memory, '<:raw', "/proc/$pid/mem") or die "memory of $pid: $!\n";
my $read = 0;
while (my $line = <$maps>) {
    my ($from, $to, $mode, $name) = $line =~ /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$/
        or next;
    next if $mode !~ /^r/ || $name eq '[vvar]' || $name eq '[vsyscall]';
    no warnings 'portable';
    my ($at, $end) = (hex $from, hex $to);
    sysseek($memory, $at, 0) or next;
    my $image = '';
    while (length $image < $end - $at) {
        my $got = sysread($memory, $image, $end - $at - length $image, length $image);
        last unless $got;
    }
    $read += length $image;
    for my $i (0 .. $#secrets) {
        my $where = -1;
        while (($where = index($image, $secrets[$i], $where + 1)) >= 0) {
            $total++;
            printf "secret %d of %d (%d bytes) at %s+%x\n", $i + 1, scalar @secrets,
                length $secrets[$i], $name || 'anonymous', $where;
        }
    }
}
printf "%d copies in %d KiB\n", $total, $read / 1024;
