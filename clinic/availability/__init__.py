"""When a site, its rooms and its people can be booked: weeks, single dates, absences."""
