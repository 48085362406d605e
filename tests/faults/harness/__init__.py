"""What fault tests stand on: real processes by their ids, clocks that are wrong, a journal outside the system, and the
two checks that each of them ends with (faults.md)."""
