"""The forecast page, driven: on seeded sales of two shops, and on the year of the sample world."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrintDialog, QPrinter

from app.ui import theme
from app.ui.order_printing import pages, print_pages
from app.ui.pages.forecast import ForecastPage
from app.ui.run import lanes_of
from app.ui.tasks import Lanes
from app.ui.widgets.bars import Bars
from app.ui.widgets.fan_chart import FanChart
from app.ui.widgets.product_panel import fan_of
from chain.errors import BadInput, StoreError
from forecasting.transfers import Lane
from tests.app.shop_year import sold
from tests.app.test_offers import promoted
from tests.app.ui.world import World


@pytest.fixture
def page(qtbot, dressed, lanes: Lanes) -> ForecastPage:
    made = ForecastPage(lanes)
    qtbot.addWidget(made)
    made.resize(1130, 740)
    with qtbot.waitSignal(made.planned, timeout=20_000):
        made.show()
    return made


def text(page: ForecastPage, row: int, column: int) -> str:
    return str(page.table.orders.index(row, column).data())


def test_it_lists_by_urgency_and_shows_the_first(page: ForecastPage) -> None:
    assert page.table.orders.rowCount() == 6
    line = page.product.line
    assert line is not None
    assert text(page, 0, 0) == f"{line.product}\n{line.place}"
    assert page.product.advice.text() == line.advice.words
    assert "850 proven entries" in page._said.text()
    assert "2 in quarantine or recalled" in page._said.text()
    assert page._moves.text().startswith("Move ")
    assert not page.stop.isVisible()


def test_slow_lanes_and_many_moves_are_said_in_one_line_each(page: ForecastPage) -> None:
    assert page.plan is not None
    site = page.plan.lines[0].series.site
    lane = Lane("9521000000217", site, 12, 2.0, 0.5, 3.0, 4.5, True)
    page._tell(replace(page.plan, transfers=page.plan.transfers[:1], lanes=(lane,)))
    assert "Deliveries to Linden Pharmacy take longer lately: 4.5 instead of 2.0 days." in page._moves.text()
    page._tell(replace(page.plan, transfers=page.plan.transfers[:1] * 9, lanes=(lane,)))
    assert page._moves.text().count("Move ") == 5
    assert "More such lines: 5." in page._moves.text()
    assert page._moves.text().isprintable()


def test_choosing_a_row_shows_it(page: ForecastPage) -> None:
    page.table.setCurrentIndex(page.table.orders.index(4, 0))
    assert page.product.line is page.table.orders.lines[4]
    assert page.product.card.text() == page.table.orders.lines[4].card.words
    names = [name for name, _, _ in page.product.errors.bars]
    assert names == ["ours", "naive", "seasonal naive", "30-day mean"]
    assert [told for _, _, told in page.product.week.bars][-1] == ""  # closed on Sundays


def test_sliders_plan_anew(qtbot, page: ForecastPage) -> None:
    before = {line.unique_id: line.advice.proposed + max(line.moved, 0) for line in page.table.orders.lines}
    with qtbot.waitSignal(page.planned):
        page.knobs.review.slider.setValue(21)
    after = {line.unique_id: line.advice.proposed + max(line.moved, 0) for line in page.table.orders.lines}
    assert sum(after.values()) > sum(before.values())
    with qtbot.waitSignal(page.planned):
        page.knobs.lead.slider.setValue(12)
    assert page.table.orders.lines[0].lead == 12


def test_cases_the_smallest_order_and_the_kind_of_service_are_turned(qtbot, page: ForecastPage) -> None:
    def orders() -> list[float]:
        return [line.advice.proposed for line in page.table.orders.lines]

    with qtbot.waitSignal(page.planned):
        page.knobs.lead.slider.setValue(20)
    before = sum(orders())
    with qtbot.waitSignal(page.planned):
        page.knobs.counted.setCurrentIndex(1)
    assert "of units" in page.knobs.service.slider.accessibleDescription()
    assert 0 < sum(orders()) < before  # so many units are sold from less stock than so many cycles need
    with qtbot.waitSignal(page.planned):
        page.knobs.pack.setText("24")
    assert all(one % 24 == 0 for one in orders())
    with qtbot.waitSignal(page.planned):
        page.knobs.minimum.setText("500")
    assert all(one == 0 or one >= 500 for one in orders())
    with qtbot.waitSignal(page.planned):
        page.knobs.pack.clear()
    assert page.knobs.knobs().pack == 1


def test_an_order_is_changed_with_a_name_and_a_reason_and_back(qtbot, page: ForecastPage, world: World) -> None:
    product = page.product
    assert product.line is not None
    name = product.line.unique_id
    product.quantity.setText("nine")
    product.keep.click()
    assert "not a number" in page.notice.words
    product.quantity.setText("9")
    product.keep.click()
    assert "author" in page.notice.words
    qtbot.keyClicks(product.reason, "half-price week")
    qtbot.keyClicks(product.author, "Ada")
    with qtbot.waitSignal(page.planned):
        qtbot.keyClick(product.author, Qt.Key.Key_Return)
    assert world.decided[name].quantity == 9
    assert product.line.unique_id == name
    assert "Ada orders 9" in product.advice.text()
    assert product.back.isVisible()
    with qtbot.waitSignal(page.planned):
        product.back.click()
    assert world.decided == {}
    assert not product.back.isVisible()


def test_the_chart_tells_of_a_day(qtbot, page: ForecastPage) -> None:
    chart = page.product.chart
    assert chart.fan is not None
    qtbot.mouseMove(chart, QPoint(60, 80))
    with qtbot.waitSignal(chart.day_chosen):
        qtbot.mouseMove(chart, QPoint(chart.width() // 2, 100))
    assert "of the log" in page.product._day.text() or "Unknown" in page.product._day.text()
    chart.choose(chart.fan.shown + 2)
    assert "four days of five" in page.product._day.text()
    column = chart.column
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.column == column - 1


def test_a_new_product_may_sell_like_another(qtbot, dressed, lanes: Lanes, world: World) -> None:
    world.sold = sold(young=9)
    page = ForecastPage(lanes)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.planned, timeout=20_000):
        page.show()
    row = next(i for i, line in enumerate(page.table.orders.lines) if line.young)
    page.table.setCurrentIndex(page.table.orders.index(row, 0))
    like = page.product.like
    assert like.isVisible()
    assert like.count() == 7
    with qtbot.waitSignal(page.planned):
        like.setCurrentIndex(3)
        like.activated.emit(3)
    assert page.product.line is not None
    assert page.product.line.forecast.model == f"like {like.currentData()}"


def test_the_order_is_saved(qtbot, page: ForecastPage, lanes: Lanes, tmp_path: Path) -> None:
    page.save_order(tmp_path / "order.csv")
    qtbot.waitUntil(lambda: "order.csv" in page.notice.words)
    assert (tmp_path / "order.csv").read_text(encoding="utf-8-sig").startswith("product,gtin,site")
    page.save_order(tmp_path / "order.doc")
    qtbot.waitUntil(lambda: "ends in" in page.notice.words)


def test_the_order_is_printed_as_its_document_is(qtbot, page: ForecastPage, lanes: Lanes, tmp_path: Path) -> None:
    page.save_order(tmp_path / "order.pdf")
    qtbot.waitUntil(lambda: "order.pdf" in page.notice.words)
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "paper.pdf"))
    page.print_order(printer)
    qtbot.waitUntil(lambda: "printed: 1" in page.notice.words)
    saved, paper = (pages((tmp_path / name).read_bytes(), 50) for name in ("order.pdf", "paper.pdf"))
    assert len(saved) == len(paper) == 1
    dark = [
        sum(one.pixelColor(x, y).lightness() < 200 for x in range(0, 560, 3) for y in range(30, 200, 3)) for one in saved + paper
    ]
    assert dark[0] > 100
    assert 0.6 < dark[1] / dark[0] < 1.6
    with pytest.raises(BadInput, match="nothing to print"):
        print_pages([], printer)
    with pytest.raises(BadInput, match="damaged"):
        pages(b"%PDF-1.4 not really")


def test_printing_asks_which_printer(qtbot, page: ForecastPage) -> None:
    page.paper.click()
    dialog = page.findChild(QPrintDialog)
    assert dialog is not None
    assert dialog.isModal()
    dialog.reject()
    assert "printed" not in page.notice.words


def test_it_can_be_stopped_and_goes_on_when_it_is_opened_again(qtbot, dressed, lanes: Lanes, world: World, monkeypatch) -> None:
    reading, go = threading.Event(), threading.Event()

    def slowly(progress) -> object:
        reading.set()
        assert go.wait(10)
        progress("reading the log", 1, 2)
        return sold()

    monkeypatch.setattr(world, "sales", slowly)
    page = ForecastPage(lanes)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(reading.is_set)
    page.stop.click()
    go.set()
    qtbot.waitUntil(lambda: "Stopped" in page.notice.words)
    assert page.table.orders.rowCount() == 0
    page.hide()
    with qtbot.waitSignal(page.planned, timeout=20_000):
        page.show()
    assert page.table.orders.rowCount() == 6


def test_a_recall_shows_when_the_page_is_opened_again(qtbot, page: ForecastPage, world: World) -> None:
    first = page.table.orders.lines[0]
    world.sold = replace(
        world.sold,
        series=tuple(
            replace(one, stock=one.stock - 5, blocked=5.0) if one.unique_id == first.unique_id else one for one in sold().series
        ),
    )
    page._block = None  # the log has grown
    page.hide()
    with qtbot.waitSignal(page.planned, timeout=20_000):
        page.show()
    page.table.setCurrentIndex(
        page.table.orders.index([line.unique_id for line in page.table.orders.lines].index(first.unique_id), 0)
    )
    assert "5 units here are in quarantine or recalled" in page.product._rest.text()


def test_nothing_sold_and_errors_are_said(qtbot, dressed, lanes: Lanes, world: World, monkeypatch) -> None:
    world.sold = replace(sold(), series=())
    page = ForecastPage(lanes)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.planned, timeout=20_000):
        page.show()
    assert "No sales of this site" in page._nothing.text()
    assert not page.save.isEnabled()

    def refuse(*_: object) -> object:
        raise StoreError("The database is damaged.")

    monkeypatch.setattr(world, "sales", refuse)
    page._block = None
    page.refresh()
    qtbot.waitUntil(lambda: page.notice.words == "The database is damaged.")


def test_the_year_of_the_sample_world(qtbot, dressed, world: World, sample_world: Path, tmp_path: Path) -> None:
    lanes = lanes_of(sample_world, offline=True)
    page = ForecastPage(lanes)
    qtbot.addWidget(page)
    page.resize(1130, 740)
    lanes.start()
    with qtbot.waitSignal(page.planned, timeout=60_000):
        page.show()
    assert page.table.orders.rowCount() == 10
    assert {line.place for line in page.table.orders.lines} == {"Linden Pharmacy", "Pharmacie du Canal"}
    errors = [line.card.total_error for line in page.table.orders.lines]
    assert all(error is not None and error < 0.5 for error in errors)
    assert all(line.trips >= 10 for line in page.table.orders.lines)
    page.save_order(tmp_path / "order.pdf")
    qtbot.waitUntil(lambda: "order.pdf" in page.notice.words, timeout=20_000)
    page.whole.click()
    qtbot.waitUntil(lambda: "most on" in page.notice.words, timeout=60_000)
    assert lanes.close(10.0)


def test_the_widgets_draw_in_both_themes(qtbot, page: ForecastPage, dressed) -> None:
    assert page.product.line is not None
    for widget in (FanChart(), Bars()):
        qtbot.addWidget(widget)
        widget.resize(500, 220)
        widget.tell(
            fan_of(page.product.line) if isinstance(widget, FanChart) else [("ours", 0.1, "10 %"), ("naive", 0.2, "20 %")]
        )
        pictures = []
        for look in (theme.LIGHT, theme.DARK):
            dressed(look)
            pictures.append(widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32))
        colours = [{picture.pixel(x, y) for x in range(0, 500, 3) for y in range(0, 200, 3)} for picture in pictures]
        assert all(len(one) > 3 for one in colours)
        assert colours[0] != colours[1]


def test_prices_are_read_and_a_promotion_is_tried(qtbot, dressed, lanes: Lanes, world: World, tmp_path: Path) -> None:
    sales, table = promoted()
    world.sold = sales
    path = tmp_path / "prices.csv"
    path.write_text(table)
    page = ForecastPage(lanes)
    qtbot.addWidget(page)
    page.resize(1130, 740)
    with qtbot.waitSignal(page.planned, timeout=20_000):
        page.show()
    assert not page.product.offer_row.isVisibleTo(page.product)
    page.read_prices(tmp_path / "none.csv")
    qtbot.waitUntil(lambda: "There is no file" in page.notice.words, timeout=20_000)
    with qtbot.waitSignal(page.planned, timeout=20_000):
        page.read_prices(path)
    assert "Prices and promotions are used" in page._said.text()
    row, line = page.product.offer_row, page.product.line
    assert row.isVisibleTo(page.product)
    assert line is not None
    assert page.product.chart.fan is not None
    assert page.product.chart.fan.offers == line.offered
    before = sum(line.forecast.mean[:7])
    row.price.setText("cheap")
    row.go.click()
    assert "Price and days are numbers." in page.notice.words
    row.price.setText("4")
    row.promotion.setCurrentIndex(1)
    with qtbot.waitSignal(page.planned, timeout=20_000):
        row.go.click()
    tried = page.product.line
    assert tried is not None
    assert tried.unique_id == line.unique_id
    assert sum(tried.forecast.mean[:7]) > 1.5 * before
    page.product.chart.choose(page.product.chart.fan.shown)
    assert page.product._day.text().endswith("On offer that day.")
    with qtbot.waitSignal(page.planned, timeout=20_000):
        row.back.click()
    back = page.product.line
    assert back is not None
    assert sum(back.forecast.mean[:7]) == pytest.approx(before)
    assert page.tried == {}
