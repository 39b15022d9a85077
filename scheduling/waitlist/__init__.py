"""The waitlist: who would come sooner, which times became free, and whom they are offered to.

Read it in this order:

  models    who waits, times that became free, offers of them
  freeing   the row that says that a time became free, written with what frees it
  legal     what is legal beyond the planner's rules
  fits      how a course could use such a time, by the rules of a move, and what that gains
  matching  the worker's side: whom a time goes to, in which order; offers, and when they lapse
  entering  putting a course on the list and taking it off
  accepting what becomes of an offer: accepted, declined, gone
  links     the signed link in an e-mail
  letters   that e-mail, and `post`, which delivers it
"""
