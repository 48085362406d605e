"""Seatmark: seat licensing for an issue tracker."""

import zoneinfo

# Time zones come from the pinned tzdata package, whatever the machine has: the same month everywhere.
zoneinfo.reset_tzpath(to=())
