"""One visit of a course changes: what the rest of the course needs, shown first, then done whole.

The way in, as a page and, for a request by htmx, as a fragment for a dialog:

    GET  /visits/<uuid>/change/?to=<iso>         the visit at another time; `to` is a moment with
                                                  its offset, as 2026-01-12T10:00-05:00 (escape +)
    GET  /visits/<uuid>/change/?group=<uuid>      the visit at a place in that group
    GET  /visits/<uuid>/change/?cancel=1          the visit is cancelled, its place planned anew
    GET  /visits/<uuid>/change/?missed=1          the patient did not come; likewise
         &not_before=<date>                       … not before that date (the day after, unless
                                                  given)
    POST /visits/<uuid>/change/accept/            one of the ways that were shown

`reverse("scheduling:visit_change", args=[visit.pk])` is its name. Who may move visits (BOOK) gets
it. Of the answers: 200 with what would change, 400 where `to` is no moment, 404 and 403 as for
the visit itself. After accepting: a redirect to the course (by htmx: `HX-Redirect`), 422 with what
is still to be said, 409 with what has changed meanwhile and a fresh answer. A page that shows the
fragment links `scheduling/change.css` too. Over the API:
`GET /api/v1/visits/<uuid>/consequences?to=…` and `POST /api/v1/visits/<uuid>/change`.

Read it in this order:

  ties      the rules between visits: how far a plan leaves them, and who may allow that
  least     the plan that changes least: the exact planner of one course, with stiff weights
  wish      what somebody wants of a visit
  frame     that visit in the planning problem of its course
  ways      the ways to meet a wish
  answers   what was shown, signed, so that what is accepted is that
  story     a way in words and names, before and after
  checking  whether a way that was shown still holds
  service   carrying out a way: one transaction, one e-mail
"""
