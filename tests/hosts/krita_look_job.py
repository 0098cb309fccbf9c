"""What the docker's grid does, step by step: in a real Krita, and under PyQt6 without one."""

from __future__ import annotations

from krita_studio import (
    FOLDER,
    OUT,
    Path,
    Qt,
    QtCore,
    QTest,
    QtWidgets,
    assets,
    click,
    docker,
    leave_documents,
    panel,
    said,
    start,
    state,
    until,
)

KEY, LEFT = Qt.Key, Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def grid():
    return assets().grid


def key(which, held=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(grid(), which, held)


def names(ids):
    known = {each.id: each.name for each in grid().model().pages.rows}
    return sorted(known[ident] for ident in ids)


def menu_entry(menu, text):
    """The action of this name, also in the menus inside."""
    for action in menu.actions():
        if action.text() == text:
            return action
        if action.menu() is not None and (found := menu_entry(action.menu(), text)):
            return found
    return None


def width(pixels, height=640):
    """Have the docker float with this width."""
    docker().setFloating(True)
    docker().resize(pixels, height)
    until(lambda: docker().width() == pixels, f"{pixels} pixels: {docker().width()}")
    QTest.qWait(100)


def photograph(name):
    QTest.qWait(150)
    panel().grab().save(str(Path(OUT) / name))


def cut_off():
    """Parts that reach over the docker's border, or have less room than their words need."""
    found = []
    whole = panel().rect()
    for kind in (QtWidgets.QAbstractButton, QtWidgets.QComboBox, QtWidgets.QLineEdit):
        for each in panel().findChildren(kind):
            if not each.isVisible() or each.window() is not panel().window():
                continue
            corner = each.mapTo(panel(), QtCore.QPoint(0, 0))
            rect = QtCore.QRect(corner, each.size())
            small = each.width() < each.minimumSizeHint().width()
            if not whole.contains(rect) or (small and isinstance(each, QtWidgets.QPushButton)):
                text = each.toolTip() or getattr(each, "text", lambda: "")()
                found.append([type(each).__name__, text, rect.left(), rect.right()])
    for each in panel().findChildren(QtWidgets.QLabel):
        wide = each.mapTo(panel(), QtCore.QPoint(each.width(), 0)).x()
        if each.isVisible() and each.window() is panel().window() and wide > whole.width():
            found.append(["QLabel", each.text(), wide])
    return found


def use():
    """A double click and Enter use the asset, also the first time that one is chosen."""
    used = []
    grid().used.connect(lambda asset: used.append(asset.name))
    click("rock 11.png", twice=True)
    until(lambda: used == ["rock 11.png"], f"a double click: {used}")
    urls = grid().model().mimeData([grid().currentIndex()]).urls()
    assert [Path(url.toLocalFile()) for url in urls] == [Path(FOLDER, "rock 11.png")]
    leave_documents()  # a canvas that is drawn again and again costs most of the time of a test
    return used


def look_alike():
    """What looks alike needs a model; without one a sentence tells what helps."""
    click("moss.png")
    panel().footer.hide_message()
    panel().footer.message.clear()
    key(KEY.Key_S)
    until(lambda: state().computing is None and said(), "an answer")
    told = said()
    panel().footer.hide_message()
    return told


def select():
    """Mouse and keys select, over what is here and what is not."""
    told = {}
    click("rock 01.png")
    until(lambda: state().chosen is not None, "a chosen one")
    key(KEY.Key_Right)
    until(lambda: state().chosen.asset.name == "rock 02.png", "the next one")
    key(KEY.Key_5)
    until(lambda: state().chosen.asset.rating == 5, "five stars")
    click("rock 04.png", held=CTRL)
    click("rock 06.png", held=SHIFT)
    told["range"] = names(panel().app.session.selection.ids)
    until(assets().selected.isVisible, "how many are selected")
    key(KEY.Key_A, CTRL)
    until(lambda: state().selection.count == state().found.total, "everything")
    until(lambda: len(grid().selected()) == state().found.total, "the grid shows it")
    key(KEY.Key_T)
    field = assets().details.new_tag
    until(lambda: field.window().focusWidget() is field, "the field of tags")
    QTest.keyClicks(field, "all, of it")
    QTest.keyClick(field, KEY.Key_Return)
    until(lambda: {"all", "of it"} <= {name for name, _ in state().tags}, "tags")
    counts = dict(state().tags)
    told["tagged"] = [counts["all"], counts["of it"]]
    grid().setFocus()
    key(KEY.Key_T, SHIFT)
    QTest.keyClicks(field, "of it")
    QTest.keyClick(field, KEY.Key_Return)
    until(lambda: "of it" not in {name for name, n in state().tags if n}, "one tag less")
    panel().app.session.undo()
    until(lambda: dict(state().tags).get("of it", 0) == counts["of it"], "undone in one step")
    grid().setFocus()
    key(KEY.Key_Escape)
    until(lambda: state().selection.count == 0, "nothing is selected")
    told["left"] = len(grid().selected())
    return told


def narrow():
    """Filters, views and sets."""
    told, filters = {}, assets().filters
    total = state().found.total
    click("moss.png")
    key(KEY.Key_F)
    until(lambda: "favourite" in dict(state().tags), "a favourite")
    panel().app.session.edit(grid().current().id, catalog="Plants/Small")
    until(lambda: "Plants/Small" in dict(state().catalogs), "a catalog")
    for box, value, count in (
        (filters.kind, "text", 1),
        (filters.tag, "favourite", 1),
        (filters.catalog, "Plants", 1),
        (filters.rating, 5, 1),
    ):
        box.choose(value)
        until(lambda count=count: state().found.total == count, f"{value}: {count}")
        until(lambda count=count: grid().model().rowCount() == count, "rows")
        QTest.mouseClick(filters.clear, LEFT)
        until(lambda: state().found.total == total, "all again")
    entry("Favourites").trigger()
    until(lambda: state().found.total == 1, "the favourite")
    told["query"] = assets().search.text()
    assets().search.setText("rock 0")
    until(lambda: state().found.total == 10, "ten rocks")
    entry("Save This Search…").trigger()
    field = assets().set_name
    until(field.isVisible, "a field for the name")
    QTest.keyClicks(field, "rocks & more")
    QTest.keyClick(field, KEY.Key_Return)
    until(lambda: state().sets, "a set")
    assets().search.clear()
    until(lambda: state().found.total == total, "all again")
    entry("rocks && more").trigger()
    until(lambda: state().found.total == 10, "the set")
    until(lambda: entry("rocks && more").isChecked(), "the menu shows it")
    menu_entry(entry("Remove a Set").menu(), "rocks && more").trigger()
    until(lambda: not state().sets, "no set")
    assets().search.clear()
    until(lambda: state().found.total == total, "all at last")
    return told


def entry(text):
    """The entry of the menu of views and sets, once it is there."""
    found = []

    def there():
        assets().views.refill()
        found[:] = [menu_entry(assets().views.entries, text)]
        return found[0] is not None

    until(there, f"{text} in the menu")
    return found[0]


def look_closer():
    """The large picture comes with the mouse and goes with it."""
    told = {}
    closer, view = grid().closer, grid().viewport()
    assets().filters.order.choose("name")
    until(lambda: grid().model().pages.rows[0].name == "moss.png", "by name")
    grid().verticalScrollBar().setValue(0)
    rect = grid().visualRect(grid().model().index(0))
    send_move(view, rect.center())
    until(closer.isVisible, "the large picture")
    until(lambda: closer.picture.property("key"), "its picture")
    told["text"] = closer.text.text().splitlines()[0]
    image = closer.picture.grab().toImage()
    told["color"] = image.pixelColor(image.width() // 2, image.height() // 2).getRgb()[:3]
    grab = closer.grab()
    grab.save(str(Path(OUT) / "closer.png"))
    key(KEY.Key_Down)
    until(lambda: not closer.isVisible(), "it goes with a key")
    key(KEY.Key_Space)
    until(closer.isVisible, "it comes with the space bar")
    key(KEY.Key_Space)
    until(lambda: not closer.isVisible(), "and goes with it")
    return told


def send_move(view, place):
    """As Qt tells a view of a mouse; the one of a screen that is not there cannot be moved."""
    from audobon_krita.host.qt import QtGui

    kind = QtCore.QEvent.Type.MouseMove
    none, plain = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    local = QtCore.QPointF(place)
    spot = QtCore.QPointF(view.mapToGlobal(place))
    event = QtGui.QMouseEvent(kind, local, spot, none, none, plain)
    QtWidgets.QApplication.sendEvent(view, event)


def mark():
    """A file that is gone and one that is newer have a chip on their picture."""
    click("rock 00.png")
    ident = {each.name: each.id for each in grid().model().pages.rows}
    Path(FOLDER, "rock 07.png").unlink()
    Path(FOLDER, "note.txt").write_text("a longer note")
    marks = grid().cells.marks
    until(lambda: marks.get(ident["rock 07.png"]) == "missing", "missing")
    until(lambda: marks.get(ident["note.txt"]) == "changed", "changed")
    told = {}
    for name in ("rock 07.png", "note.txt", "rock 05.png"):
        rows = [each.name for each in grid().model().pages.rows]
        index = grid().model().index(rows.index(name))
        grid().scrollTo(index)
        QTest.qWait(100)
        rect = grid().visualRect(index)
        ratio = grid().viewport().devicePixelRatioF()
        image = grid().viewport().grab().toImage()
        left = rect.left() + (rect.width() - grid().edge) // 2 + 2
        spot = QtCore.QPointF(left, rect.top() + 8) * ratio
        told[name] = image.pixelColor(spot.toPoint()).getRgb()[:3]
    click("note.txt")
    menu = QtWidgets.QMenu()
    assets().fill_menu(menu, grid().selected(), state())
    menu_entry(menu, "Look at the Files Again").trigger()
    until(lambda: ident["note.txt"] not in grid().cells.marks, "it was read again")
    return told


def shapes():
    """Narrow, from right to left, as a list: nothing is cut off; pictures of each."""
    from audobon_krita.host.qt import MAJOR

    # All of a real Krita takes a minute to turn around.
    app = QtWidgets.QApplication.instance() if MAJOR == 6 else docker()
    told = {"cut": {}, "columns": {}}
    click("moss.png")
    before = app.layoutDirection()
    for direction, name in (
        (Qt.LayoutDirection.LeftToRight, "ltr"),
        (Qt.LayoutDirection.RightToLeft, "rtl"),
    ):
        app.setLayoutDirection(direction)
        for pixels in (200, 260):
            width(pixels)
            told["cut"][f"{name} {pixels}"] = cut_off()
            told["columns"][f"{name} {pixels}"] = grid().columns
            photograph(f"look-{name}-{pixels}.png")
        first = grid().visualRect(grid().model().index(0)).center().x()
        told[f"{name} first"] = first > grid().viewport().width() // 2
        key(KEY.Key_Home)
        key(KEY.Key_Left if name == "rtl" else KEY.Key_Right)
        told[f"{name} next"] = grid().currentIndex().row()
        key(KEY.Key_L)
        until(lambda: grid().as_list, "a list")
        told["cut"][f"{name} list"] = cut_off()
        photograph(f"look-{name}-list.png")
        key(KEY.Key_L)
        until(lambda: not grid().as_list, "pictures")
    app.setLayoutDirection(before)
    width(420)
    photograph("look-wide.png")
    told["minimum"] = panel().minimumSizeHint().width()
    return told


def themes():
    """The same with dark and light colours: what is written differs from what is below it."""
    from audobon_krita.host.qt import QtGui

    app, told = QtWidgets.QApplication.instance(), {}
    before = app.palette()
    roles = QtGui.QPalette.ColorRole
    for name, ground, ink, chosen in (
        ("dark", "#31363b", "#eff0f1", "#3daee9"),
        ("light", "#fcfcfc", "#232629", "#3daee9"),
    ):
        palette = QtGui.QPalette(before)
        for role in (roles.Window, roles.Base, roles.Button, roles.AlternateBase):
            palette.setColor(role, QtGui.QColor(ground))
        for role in (roles.Text, roles.WindowText, roles.ButtonText):
            palette.setColor(role, QtGui.QColor(ink))
        palette.setColor(roles.Highlight, QtGui.QColor(chosen))
        app.setPalette(palette)
        width(260)
        photograph(f"look-{name}.png")
        image = grid().viewport().grab().toImage()
        told[name] = image.pixelColor(image.width() - 1, image.height() - 1).lightness()
    app.setPalette(before)
    return told


def memory():
    """Pictures stay within their budget, the last ones; a size of another kind replaces them."""
    from audobon_krita.host.images import Pixmaps

    pixmaps = Pixmaps(64, 3 * 64 * 64 * 4)
    data = Path(FOLDER, "rock 01.png").read_bytes()
    for number in range(10):
        assert pixmaps.put(str(number), data)
    assert [pixmaps.has(str(number)) for number in (0, 6, 7, 9)] == [False, False, True, True]
    assert not pixmaps.put("none", b"no picture")
    pixmaps.resize(32)
    assert not pixmaps.has("9")
    assert pixmaps.get("9").width() == 64, "until there is a new one"
    assert pixmaps.put("9", data)
    assert pixmaps.get("9").width() == 32
    return len(pixmaps)


def everything(total=14):
    """All of it in one run."""
    start(total)
    assets().filters.order.choose("name")
    until(lambda: grid().model().pages.rows[0].name == "moss.png", "by name")
    app = QtWidgets.QApplication.instance()
    told = {"ratio": panel().devicePixelRatioF(), "edge": grid().edge}
    row = [each.name for each in grid().model().pages.rows].index("moss.png")
    picture = key_of(row)
    until(lambda: grid().pixmaps.has(picture), "the picture of moss")
    told["pixels"] = grid().pixmaps.get(picture).width()
    told["ours"] = shortcut_override(KEY.Key_5)
    told["kritas"] = shortcut_override(KEY.Key_B)
    told["used"] = use()
    told["select"] = select()
    told["alike"] = look_alike()
    told["narrow"] = narrow()
    told["closer"] = look_closer()
    told["shapes"] = shapes()
    told["themes"] = themes()
    told["mark"] = mark()
    told["kept"] = memory()
    app.processEvents()
    return told


def key_of(row):
    from audobon.session.pictures import picture_key

    return picture_key(grid().model().pages.rows[row], 256)


def shortcut_override(which):
    """Whether the grid takes a key before it becomes a shortcut of Krita's."""
    from audobon_krita.host.qt import QtGui

    kind, plain = QtCore.QEvent.Type.ShortcutOverride, Qt.KeyboardModifier.NoModifier
    event = QtGui.QKeyEvent(kind, which, plain)
    event.ignore()
    QtWidgets.QApplication.sendEvent(grid(), event)
    return event.isAccepted()
