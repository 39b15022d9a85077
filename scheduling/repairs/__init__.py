"""Mending a site's book when somebody falls ill, a room breaks, or a day gets shorter.

What was entered (leave, a closure, a block, other hours) is true whether or not there is a repair.
A repair is made by a worker for the visits of all courses that cannot stay as they are; it has one
or more ways, each with every visit before and after, and is accepted whole or in part.

Read it in this order:

  stretches   the visits of some days and their courses, in a fixed number of queries
  hits        which of them cannot stay as they are, and why
  chains      the part of a course that a repair has to know: pure
  problem     many courses as one planning problem
  solving     the ways to mend it: fewest moves, somebody longer at work, others giving way
  models      repairs, their ways, their visits
  working     the worker's side: lease, progress, cancelling, resumption
  parts       which courses' changes hang together: pure
  accepting   carrying out a way or a part of it: one transaction, one e-mail per patient
  story       a way as people read it
"""
