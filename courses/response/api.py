"""Response, reviews and maintenance through the API; the same services as the pages."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.views import ApiView, ListView
from clinic.charts import open_patient_ids
from clinic.rights import Right
from courses.access import course_for
from courses.models import BoosterWindow, MaintenanceStep, Review
from courses.response.access import booster_window_for, review_for
from courses.response.history import history_of
from courses.response.intervals import proposal_for
from courses.response.selectors import standing_in, standing_of
from courses.response.serializers import (
    BaselineInput,
    BoosterWindowOutput,
    DueInput,
    IntervalInput,
    IntervalOutput,
    ReviewDecisionInput,
    ReviewDetailOutput,
    ReviewOutput,
    StandingOutput,
    WindowCloseInput,
)
from courses.response.services import (
    Answer,
    Chosen,
    choose_interval,
    close_window,
    decide_review,
    rate_baseline,
)
from courses.response.worklist import (
    Filter,
    open_reviews,
    open_windows,
    reviews_of,
    seen_by,
    windows_of,
)

TAGS = ["response"]


class CourseResponse(ApiView):
    """GET /courses/{id}/response"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="read_response", tags=TAGS, responses=StandingOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """How the course does against its baseline."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        return Response(StandingOutput(standing_of([course], timezone.now())[course.pk]).data)


class CourseBaseline(ApiView):
    """POST /courses/{id}/baseline"""

    right = Right.DECIDE

    @extend_schema(
        operation_id="rate_baseline",
        tags=TAGS,
        request=BaselineInput,
        responses={201: StandingOutput},
    )
    def post(self, request: Request, course_id: UUID) -> Response:
        """Rate a baseline where the score is missing, on the day of the first dose."""
        course = course_for(self.member, course_id, Right.DECIDE)
        said, now = self.sent(BaselineInput), timezone.now()
        rating = {"code": said["instrument"], "total": Decimal(said["total"])}
        rate_baseline(course=course, reason=said["reason"], by=self.member, now=now, **rating)
        shown = StandingOutput(standing_of([course], now)[course.pk]).data
        return Response(shown, status=status.HTTP_201_CREATED)


class CourseReviews(ListView):
    """GET /courses/{id}/reviews"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="list_course_reviews", tags=TAGS, responses=ReviewOutput(many=True))
    def get(self, request: Request, course_id: UUID) -> Response:
        """The course's reviews, the latest first."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        return self.page(reviews_of(course), ReviewOutput, zone=course.site.zone)


class ReviewsDue(ListView):
    """GET /reviews"""

    right = Right.VIEW_CLINICAL

    @extend_schema(
        operation_id="list_open_reviews",
        tags=TAGS,
        parameters=[DueInput],
        responses=ReviewOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Reviews that await a decision at one's sites; none of restricted charts."""
        said = _asked(self)
        rows = seen_by(open_reviews(self.member, said), _open_ids(self))
        return self.page(rows, ReviewOutput)


def _asked(view: ListView) -> Filter:
    pages = {"cursor", "page_size"}
    query = {name: value for name, value in view.request.query_params.items() if name not in pages}
    reader = DueInput(data=query)
    reader.is_valid(raise_exception=True)
    said = reader.validated_data
    return Filter(site=said.get("site"), mine=said["mine"])


def _open_ids(view: ApiView) -> frozenset[UUID]:
    return open_patient_ids(view.member, now=timezone.now())


class ReviewDetail(ApiView):
    """GET /reviews/{id}"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="read_review", tags=TAGS, responses=ReviewDetailOutput)
    def get(self, request: Request, review_id: UUID) -> Response:
        """The question with the numbers of now."""
        return Response(_detail(review_for(self.member, review_id, Right.VIEW_CLINICAL)))


def _detail(review: Review) -> Any:
    history = history_of(review.course, timezone.now())
    standing = standing_in(history)
    context = {
        "zone": review.course.site.zone,
        "standing": standing,
        "proposal": proposal_for(history, standing),
    }
    return ReviewDetailOutput(review, context=context).data


class ReviewDecision(ApiView):
    """POST /reviews/{id}/decide"""

    right = Right.DECIDE

    @extend_schema(
        operation_id="decide_review",
        tags=TAGS,
        request=ReviewDecisionInput,
        responses=ReviewDetailOutput,
    )
    def post(self, request: Request, review_id: UUID) -> Response:
        """Keep a clinician's decision; one of rivals wins."""
        review = review_for(self.member, review_id, Right.DECIDE)
        answer = Answer(**self.sent(ReviewDecisionInput))
        decide_review(review=review, answer=answer, by=self.member, now=timezone.now())
        return Response(_detail(review))


class CourseInterval(ApiView):
    """GET and POST /courses/{id}/interval"""

    rights = {"GET": Right.VIEW_CLINICAL, "POST": Right.DECIDE}

    @extend_schema(operation_id="read_interval", tags=TAGS, responses=IntervalOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """The intervals of maintenance so far, and what is proposed."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        return Response(_interval(course))

    @extend_schema(
        operation_id="choose_interval",
        tags=TAGS,
        request=IntervalInput,
        responses={201: IntervalOutput},
    )
    def post(self, request: Request, course_id: UUID) -> Response:
        """Choose the interval from now on; it opens a window, and books nothing."""
        course = course_for(self.member, course_id, Right.DECIDE)
        said = self.sent(IntervalInput)
        move = MaintenanceStep.Move.CHOSEN if said["seen"] else MaintenanceStep.Move.START
        choose_interval(
            course=course,
            chosen=Chosen(move.value, said["interval_days"]),
            seen=said["seen"],
            reason=said["reason"],
            by=self.member,
            now=timezone.now(),
        )
        return Response(_interval(course), status=status.HTTP_201_CREATED)


def _interval(course: Any) -> Any:
    history = history_of(course, timezone.now())
    shown = {"steps": history.steps, "proposal": proposal_for(history, standing_in(history))}
    return IntervalOutput(shown, context={"zone": course.site.zone}).data


class CourseWindows(ListView):
    """GET /courses/{id}/booster-windows"""

    right = Right.VIEW_CLINICAL

    @extend_schema(
        operation_id="list_course_booster_windows",
        tags=TAGS,
        responses=BoosterWindowOutput(many=True),
    )
    def get(self, request: Request, course_id: UUID) -> Response:
        """The course's booster windows, the latest first."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        return self.page(windows_of(course), BoosterWindowOutput, zone=course.site.zone)


class WindowsDue(ListView):
    """GET /booster-windows"""

    right = Right.VIEW_CLINICAL

    @extend_schema(
        operation_id="list_open_booster_windows",
        tags=TAGS,
        parameters=[DueInput],
        responses=BoosterWindowOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Open booster windows at one's sites; none of restricted charts."""
        said = _asked(self)
        rows = seen_by(open_windows(self.member, said), _open_ids(self))
        return self.page(rows, BoosterWindowOutput)


class WindowClosing(ApiView):
    """POST /booster-windows/{id}/close"""

    right = Right.DECIDE

    @extend_schema(
        operation_id="close_booster_window",
        tags=TAGS,
        request=WindowCloseInput,
        responses=BoosterWindowOutput,
    )
    def post(self, request: Request, booster_window_id: UUID) -> Response:
        """End a window without a dose, for a reason."""
        window: BoosterWindow = booster_window_for(self.member, booster_window_id, Right.DECIDE)
        reason = self.sent(WindowCloseInput)["reason"]
        close_window(window=window, reason=reason, by=self.member, now=timezone.now())
        return Response(BoosterWindowOutput(window, context={"zone": window.course.site.zone}).data)
