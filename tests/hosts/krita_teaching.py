"""A tag taught on the page Compute of a real Krita: marked, learnt, corrected, learnt again."""

from __future__ import annotations

import shutil
from pathlib import Path

from krita_compute import page
from krita_studio import FOLDER, OUT, QTest, assets, docker, panel, state, until

from audobon_krita.host import opened

TAG = "our stripes"


def _drawn(pixmap):
    return pixmap is not None and not pixmap.isNull()


def teaching():
    """Pictures of stripes and discs lie beside the library; one of the discs is marked wrongly."""
    session = panel().app.session
    shutil.move(FOLDER + " patterns", FOLDER + "/patterns")
    session.do("add", lambda library, _: str(len(library.add(FOLDER).added)))
    teach = page().teach

    def seen():
        return state().teaching

    def selected(text):
        assets().search.setText(text)
        until(lambda: state().found.wanted.text == text and not state().searching, text)
        until(lambda: state().found.total == 8, "eight of them")
        session.choose(None)
        session.selection.clear()
        session.selection.everything()
        until(lambda: state().selection.count == 8, "all of them")
        page()
        until(lambda: teach.meant.text().startswith("8 assets"), "that it is shown")

    def shown(name):
        compute = page()
        compute.ensureWidgetVisible(teach.versions if teach.versions.isVisible() else teach)
        many = len(teach._page.pictures(state()))
        cells = teach.examples.cells[:many]
        until(lambda: all(_drawn(cell.picture.pixmap()) for cell in cells), "pictures")
        QTest.qWait(200)
        teach.grab().save(str(Path(OUT) / name))

    page()
    teach.tag.lineEdit().setText(TAG)
    teach.tag.lineEdit().editingFinished.emit()
    until(teach.inner.isVisible, "the tag")
    selected("stripes")
    teach.yes.click()
    until(lambda: seen().yes_count == 8, "stripes")
    selected("discs")
    teach.no.click()
    until(lambda: seen().no_count == 8, "discs")
    wrong = seen().no[0].asset.id
    teach.mark(True, wrong)
    until(lambda: (seen().yes_count, seen().no_count) == (9, 7), "the wrong one")
    until(lambda: teach.counts.text().startswith("9 yes, 7 no."), "the counts")
    docker().widget().resize(260, 900)
    shown("teach-marked.png")
    teach.precision.setCurrentIndex(0)
    until(teach.learn.isEnabled, "the button")
    teach.learn.click()
    until(lambda: teach.live.text().startswith("Judged "), "figures while it learns")
    live = teach.live.text()
    until(lambda: seen().heads and state().computing is None, "the lesson")
    until(lambda: teach.examples.kinds.currentData() == "mistakes", "the mistakes")
    first = teach.result.text()
    shown("teach-learnt.png")
    at = [one.asset.id for one in teach._page.pictures(state())].index(wrong)
    cell = teach.examples.cells[at]
    pressed = [cell.yes.isChecked(), cell.no.isChecked()]
    cell.no.click()
    until(lambda: seen().fresh == 1, "the correction")
    until(lambda: teach.learn.text() == "Learn Again" and teach.learn.isEnabled(), "the button")
    teach.learn.click()
    until(lambda: len(seen().heads) == 2 and state().computing is None, "the second lesson")
    until(lambda: teach.result.text().startswith("Version 2 is in use"), "its result")
    until(teach.review.isEnabled, "suggestions")
    shown("teach-again.png")
    pages = []
    opened.show_page = pages.append  # a browser would take the focus
    teach.page.click()
    until(lambda: pages and "Pictures of version 2" in Path(pages[0]).read_text("utf-8"), "a page")
    review = teach.review.text()
    teach.review.click()
    until(lambda: state().chosen is not None and state().chosen.suggestions, "a suggestion")
    suggested = [each.tag for each in state().chosen.suggestions]
    docker().widget().grab().save(str(Path(OUT) / "teach-review.png"))
    teach.versions.setCurrentIndex(teach.versions.findData(1))
    teach.versions.activated.emit(teach.versions.currentIndex())
    until(teach.use.isEnabled, "the button")
    teach.use.click()
    until(lambda: seen().used is not None and seen().used.version == 1, "the first version")
    return {
        "live": live, "first": first, "pressed": pressed, "review": review, "suggested": suggested,
    }  # fmt: skip
