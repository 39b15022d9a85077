"""Visits of several patients together: one room, one therapist, a number of places.

Read it in this order:

  models     a group visit; its members' visits share its reservation of room and therapist
  rules      which visits a group can take, and on which dates a weekly one is: pure
  placing    where and with whom a group can be, and writing what it takes
  seats      a place in a group for a visit of a course, as the course's changes see it
  offers     groups with a free place among the free times of a visit, and why not
  service    making, moving, cancelling a group: with every member's course in one transaction
  rehearsal  the same tried and undone, so that it can be shown before it is accepted
  selectors  groups of a site's days, and one group with its members

Taking a place is a change of the visit (`scheduling.cascade`, `?group=<uuid>`): its consequences
for the course are shown, and accepted, like those of any other time.
"""
