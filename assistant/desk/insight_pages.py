"""``/desk/insight``: what shoppers want, how the assistant works, how the catalogue is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assistant.database.connection import Database
from assistant.desk.frame import Frame
from assistant.desk.open_questions import OpenQuestions
from assistant.desk.rules import RuleBook
from assistant.desk.showing import HEADERS, csv_answer, reason_of, said_of, texts
from assistant.errors import BudgetSpent, NothingCounted
from assistant.http.problems import ProblemResponse, plain_problem
from assistant.insight.answers import margin_of
from assistant.insight.charts import Chart, catalogue_charts, service_charts, shopper_charts
from assistant.insight.drawing import bar_of, lines_of
from assistant.insight.kinds import BOUNDS, Kind
from assistant.insight.labels import Labels
from assistant.insight.machine import days_until
from assistant.insight.releases import EARLY_SHARE, Budget, Release, Releases
from assistant.reply import Language
from retrieval.errors import ShopGuideError
from retrieval.folder import IndexFolder
from retrieval.importing import ImportReport
from retrieval.index import CatalogueIndex

PageName = Literal["shoppers", "service", "catalogue"]
_DAYS, _WEEKS = 30, 12


@dataclass(frozen=True)
class Insight:
    """What the pages of insight are made of.

    Attributes:
        releases: figures about shoppers.
        database: has the machine's work.
        indexes: the catalogues.
        catalog: the one that is shown.
        book: the rules for handing over.
        prices: of a million tokens.
        epsilon: the budget of a week; 0 where nothing about shoppers is counted.
        fewest: how many have to say a free text; how many answers a day must have before their
            times are shown.
        now: the time of day.
    """

    releases: Releases
    database: Database
    indexes: IndexFolder
    catalog: str
    book: RuleBook
    prices: Mapping[str, Decimal]
    epsilon: float
    fewest: int
    now: Callable[[], datetime]

    def charts(self, page: PageName, language: Language, release: Release | None) -> list[Chart]:
        """The charts of a page.

        Args:
            page: which.
            language: of the page.
            release: the figures about shoppers that are shown.
        """
        words = texts(language)["insight"]
        if page == "shoppers":
            return shopper_charts(
                release, self.releases.finals(count=_WEEKS), self.labels(language)
            )
        if page == "service":
            days = days_until(self.database, self.now(), count=_DAYS)
            index = self._index()
            currency = index.currency if index is not None else ""
            return service_charts(days, words, self.prices, currency, fewest=self.fewest)
        report = self.indexes.report(self.catalog)
        read = ImportReport.model_validate_json(report) if report is not None else None
        return catalogue_charts(read, words, language)

    def labels(self, language: Language) -> Labels:
        """What terms are called.

        Args:
            language: of the page.
        """
        words = texts(language)["insight"]
        return Labels(
            language, self._index(), words, lambda why: reason_of(self.book, why, language)
        )

    def _index(self) -> CatalogueIndex | None:
        """The catalogue; None where it cannot be read: its words then go by their own names."""
        try:
            return self.indexes.open(self.catalog)
        except ShopGuideError:
            return None


def add_insight(
    router: APIRouter,
    insight: Insight,
    questions: OpenQuestions,
    frame: Frame,
) -> None:
    """Adds the routes of insight to those of the desk.

    Args:
        router: of the desk.
        insight: what is shown.
        questions: that the policies do not answer.
        frame: what the rooms of the desk share.
    """

    def shown(
        name: PageName, request: Request, week: str, *, status: int = 200, problem: str = ""
    ) -> Response:
        session = frame.who(request)
        release, weeks = _chosen(insight.releases, week)
        language = frame.language_of(request)
        budget = insight.releases.budget() if insight.epsilon else None
        return frame.page(
            "insight",
            request,
            session,
            here="/desk/insight" if name == "shoppers" else f"/desk/insight/{name}",
            status=status,
            problem=problem or None,
            tab=name,
            open_questions=sum(one.staff is None for one in questions.all()),
            charts=insight.charts(name, language, release),
            release=release,
            weeks=weeks[:_WEEKS],
            lines_of=lines_of,
            bar_of=bar_of,
            said=_said(
                release,
                insight.releases.cost(release.week) if release is not None else (0.0, 0.0),
                budget,
                language,
                fewest=insight.fewest,
            ),
            budget=budget,
        )

    @router.get("/insight")
    def shoppers(request: Request, week: str = "") -> Response:
        return frame.answered(lambda: shown("shoppers", request, week))

    @router.get("/insight/service")
    def service(request: Request) -> Response:
        return frame.answered(lambda: shown("service", request, ""))

    @router.get("/insight/catalogue")
    def catalogue(request: Request) -> Response:
        return frame.answered(lambda: shown("catalogue", request, ""))

    @router.get("/insight/{name}/{chart}.csv")
    def exported(name: PageName, chart: str, request: Request, week: str = "") -> Response:
        def do() -> Response:
            frame.who(request)
            release, _ = _chosen(insight.releases, week)
            for one in insight.charts(name, frame.language_of(request), release):
                if one.name == chart:
                    return _csv(one, release if name == "shoppers" else None)
            return ProblemResponse(plain_problem(404, "There is no such chart."))

        return frame.answered(do)

    @router.post("/insight/look")
    def look(request: Request, token: str = Form("")) -> Response:
        def do() -> Response:
            frame.posting(request, token)
            try:
                release = insight.releases.look()
            except (BudgetSpent, NothingCounted) as error:
                status = error.http_status
                problem = said_of(error, frame.language_of(request))
                return shown("shoppers", request, "", status=status, problem=problem)
            return RedirectResponse(f"/desk/insight?week={release.week}", 303, headers=HEADERS)

        return frame.answered(do)


def _chosen(releases: Releases, week: str) -> tuple[Release | None, list[date]]:
    """The figures of the week that is asked for, else the latest; and which weeks there are."""
    weeks = releases.weeks()
    asked = next((one for one in weeks if str(one) == week), weeks[0] if weeks else None)
    return (releases.of(asked) if asked else None), weeks


def _csv(chart: Chart, release: Release | None) -> Response:
    of = f"-{release.week}-{release.number}" if release is not None else ""
    return csv_answer(chart.csv(), f"{chart.name}{of}")


def _said(
    release: Release | None,
    cost: tuple[float, float],
    budget: Budget | None,
    language: Language,
    *,
    fewest: int,
) -> Mapping[str, str]:
    """What is said of the figures and of the budget.

    Args:
        release: the figures that are shown.
        cost: epsilon and delta of all that is out of their week.
        budget: of the running week.
        language: of the page.
        fewest: how many have to say a free text.
    """
    words = texts(language)["insight"]
    said = {"bound": words["bound"].format(needs=BOUNDS[Kind.NEEDS], fewest=fewest)}
    if release is not None:
        said["protection"] = words["protection"].format(
            margin=margin_of(release),
            threshold=release.threshold,
            epsilon=_short(cost[0]),
            delta=_short(cost[1]),
        )
        said["restarts"] = words["restarts"].format(tallies=release.tallies)
    if budget is not None:
        said |= _told(budget, words)
    return said


def _told(budget: Budget, words: Mapping[str, Any]) -> Mapping[str, str]:
    share = _short(budget.epsilon * EARLY_SHARE)
    ends = budget.week + timedelta(days=7)
    name = "looks" if budget.looks_left else "spent"
    return {
        "budget": words["budget"].format(
            week=budget.week, spent=_short(budget.spent), epsilon=_short(budget.epsilon)
        ),
        "looks": words[name].format(share=share, left=budget.looks_left, ends=ends),
        "look": words["look"].format(share=share),
    }


def _short(value: float) -> str:
    return f"{value:.3g}"
