# SPDX-License-Identifier: GPL-3.0-or-later
"""Saving the document or a part of it as an asset, or as a new version of one; a fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import documents, parts
from ..host.qt import QtCore, QtWidgets
from ..logic import document as doc
from ..logic import keeping as logic
from ..logic.settings import VERSION_ON_SAVE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from audobon.model.asset import Asset
    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Keeping"]


class Keeping(QtWidgets.QWidget):
    """A line that unfolds: what, as what, its name, tags, description or note."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._say = say
        self._offered: object = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._head())
        self.fold = QtWidgets.QWidget(self)
        column.addWidget(self.fold)
        self.fold.hide()
        form = QtWidgets.QFormLayout(self.fold)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QtWidgets.QFormLayout.RowWrapPolicy.DontWrapRows)
        self._fields(form)
        self.each = QtWidgets.QCheckBox("New version on each save", self)
        self.each.setToolTip("Saving a document of the library also makes a version, meanwhile")
        self.each.setChecked(app.settings.on(VERSION_ON_SAVE))
        self.each.toggled.connect(lambda on: app.settings.turn(VERSION_ON_SAVE, on=on))
        form.addRow(self.each)

    def _head(self) -> Any:
        self.more = QtWidgets.QToolButton(self)
        self.more.setText("Save a Part, Tags…")
        self.more.setToolTip("Save a layer, a group or what is selected, with tags and a note")
        self.more.setAutoRaise(True)
        self.more.setCheckable(True)
        self.more.setArrowType(QtCore.Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.toggled.connect(self._unfold)
        return self.more

    def _fields(self, form: Any) -> None:
        self.what, self.target = QtWidgets.QComboBox(self), QtWidgets.QComboBox(self)
        for box in (self.what, self.target):
            box.setSizeAdjustPolicy(
                QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(8)
            box.currentIndexChanged.connect(self._fit)
        self.name, self.tags = QtWidgets.QLineEdit(self), QtWidgets.QLineEdit(self)
        self.description, self.note = QtWidgets.QLineEdit(self), QtWidgets.QLineEdit(self)
        self.tags.setPlaceholderText("wood, old")
        self.description.setPlaceholderText("What it is and is good for")
        self.note.setPlaceholderText("What has changed")
        rows = [("What", self.what), ("As", self.target), ("Name", self.name)]
        rows += [("Tags", self.tags), ("About", self.description), ("Note", self.note)]
        for text, field in rows:
            form.addRow(text, field)
        self.form = form
        self.save = QtWidgets.QPushButton("Save", self)
        self.save.clicked.connect(self.save_it)
        form.addRow(self.save)

    def _unfold(self, on: bool) -> None:  # a slot of Qt
        arrow = QtCore.Qt.ArrowType
        self.more.setArrowType(arrow.DownArrow if on else arrow.RightArrow)
        self.fold.setVisible(on)

    def _fit(self, *_: Any) -> None:
        """Show the fields that what is chosen needs."""
        again = bool(self.target.currentData())
        for field, shown in ((self.name, not again), (self.note, again)):
            field.setVisible(shown)
            self.form.labelForField(field).setVisible(shown)
        self.name.setPlaceholderText(self._name())

    def step(self, state: State) -> None:
        """Offer what can be saved just now; called at each turn of the timer while unfolded."""
        if not self.fold.isVisible():
            return
        now = parts.active_of(documents.active())
        chosen = state.chosen
        asset = chosen.asset if chosen is not None and chosen.asset.state == "present" else None
        offered = (
            logic.offers(now.layer, selection=now.selection),
            now.name,
            (asset.id, asset.name) if asset is not None else ("", ""),
        )
        if offered == self._offered:
            return
        self._offered = offered
        _fill(self.what, [(logic.title(what), what) for what in offered[0]])
        targets = [("A new asset", "")]
        if asset is not None:
            targets.append((f"A new version of {asset.name}", asset.id))
        _fill(self.target, targets)
        self._fit()

    def _name(self) -> str:
        """What the new asset is called where nobody says it."""
        document, what = documents.active(), self.what.currentData()
        if what in (logic.LAYER, logic.GROUP):
            return parts.active_of(document).name or "layer"
        name = document.name or "Untitled"
        return f"{name} selection" if what == logic.SELECTION else name

    def save_it(self) -> None:
        """Write what is chosen aside, and hand it to the library."""
        session, state = self.app.session, self.app.state
        if session is None or state is None or state.phase != "open":
            self._say("Open a library first")
            return
        try:
            if self.target.currentData():
                self._save_again(session, state)
            elif self.what.currentData() == logic.DOCUMENT:
                self._save_document(session)
            else:
                told = self._told()
                logic.keep(session, self._written(), told)
        except (documents.Refused, OSError) as error:
            self._say(str(error))
            return
        for field in (self.name, self.tags, self.description, self.note):
            field.clear()

    def _told(self) -> logic.Told:
        fields = (self.name, self.tags, self.description, self.note)
        name, tags, description, note = (field.text() for field in fields)
        return logic.Told(name or self._name(), tags, description, note)

    def _written(self, suffix: str = "", ident: str = "") -> Path:
        document, what = documents.active(), self.what.currentData() or logic.DOCUMENT
        now = parts.active_of(document)
        suffix = suffix or logic.suffix_for(what, now.model, now.depth)
        return parts.write(document, what, "part", suffix, ident, logic.room(self.app.state))

    def _save_document(self, session: Session) -> None:
        """As a document of the library, on which one goes on working."""
        document, told = documents.active(), self._told()
        path = doc.place(session, told.name)
        document.save_copy(path)
        doc.keep(session, path, told.tags, told.description, documents.marker(str(path)))

    def _save_again(self, session: Session, state: State) -> None:
        asset = _asset_of(state, self.target.currentData())
        document = documents.active()
        if document.path == asset.file and self.what.currentData() == logic.DOCUMENT:
            # It is the very document: it is saved where it lies, and is a version then.
            document.mark(asset.id)
            document.save()
            doc.new_version(session, document.path, self.note.text())
            return
        if asset.file in parts.open_files():
            raise documents.Refused(f"{asset.name} is open in Krita; close it first")
        now = parts.active_of(document)
        reason = logic.refusal(asset, now.model, now.depth)
        if reason:
            raise documents.Refused(reason)
        suffix = f".{asset.ext.lower()}"
        logic.keep_again(session, self._written(suffix, asset.id), asset, self._told())


def _asset_of(state: State, ident: str) -> Asset:
    chosen = state.chosen
    if chosen is None or chosen.asset.id != ident:
        raise documents.Refused("choose the asset again; another one is chosen now")
    return chosen.asset


def _fill(box: Any, rows: list[tuple[str, str]]) -> None:
    """Offer these, and keep what was chosen where it is still there."""
    before = box.currentData()
    blocked = box.blockSignals(True)
    box.clear()
    for text, data in rows:
        box.addItem(text, data)
    box.setCurrentIndex(max(0, box.findData(before)))
    box.blockSignals(blocked)
