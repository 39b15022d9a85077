"""How many courses could start, what holds them back, and how full a site is.

starting   how many courses fit into a week, and how many were a limit gone or one thing more
weeks      the week of a site as the planner's problem
models     a forecast: eight such weeks, one after the other by a worker
services   asking for one, ending it; the worker's side
selectors  what is known of a protocol at a site      wording     the same in words
filling    how much of chairs and nurses is used, week by week
"""
