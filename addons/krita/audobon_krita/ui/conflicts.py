# SPDX-License-Identifier: GPL-3.0-or-later
"""The open merge: what both branches changed, with pictures, and a button for each decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import history as logic
from .asking import label

if TYPE_CHECKING:
    from audobon.model.merge import MergeConflict, MergeReport
    from audobon.session import Session
    from audobon.session.past import StoredPicture

    from ..host.images import Pixmaps

__all__ = ["Conflicts"]

_MOST = 50
_SIDES = {"ours": "Here", "theirs": "There"}
_TIPS = {
    "ours": "As it is on the branch on which you are",
    "theirs": "As it is on the branch that is merged",
    "both": "Keep both, side by side",
}
_PICTURE = 96


class Conflicts(QtWidgets.QWidget):
    """Hidden while no merge is open."""

    decided = QtCore.pyqtSignal(str, str)
    ended = QtCore.pyqtSignal()

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._shown: MergeReport | None = None
        self._covers: list[tuple[StoredPicture, Any]] = []
        self.buttons: dict[tuple[str, str], Any] = {}
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.title = label(self)
        column.addWidget(self.title)
        self.area = QtWidgets.QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setMinimumHeight(140)
        column.addWidget(self.area, 1)
        self.abort = QtWidgets.QPushButton("End the Merge", self)
        self.abort.setToolTip("Everything is as before it")
        self.abort.clicked.connect(lambda _=False: self.ended.emit())
        column.addWidget(self.abort)
        self.hide()

    def show_merge(self, merge: MergeReport | None) -> None:
        """Show this merge, or none."""
        self.setVisible(merge is not None)
        if merge == self._shown:
            return
        self._shown = merge
        self._covers, self.buttons = [], {}
        inside = QtWidgets.QWidget(self.area)
        column = QtWidgets.QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        if merge is not None:
            self.title.setText(
                f"Merging {merge.name}: {len(merge.conflicts)} to decide. Nothing is changed"
                " until the last one is decided."
            )
            for conflict in merge.conflicts[:_MOST]:
                column.addWidget(self._conflict(inside, conflict))
            left = len(merge.conflicts[_MOST:])
            if left:
                column.addWidget(label(inside, f"and {left} more"))
            for conflict in merge.decided[:_MOST]:
                column.addWidget(self._decided(inside, conflict))
        column.addStretch(1)
        self.area.setWidget(inside)

    def _conflict(self, parent: Any, conflict: MergeConflict) -> Any:
        frame = QtWidgets.QFrame(parent)
        frame.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        column = QtWidgets.QVBoxLayout(frame)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(label(frame, logic.conflict_text(conflict)))
        if conflict.reason:
            column.addWidget(label(frame, f"Not merged by its parts: {conflict.reason}"))
        covers = logic.covers(conflict)
        if covers:
            row = QtWidgets.QHBoxLayout()
            for side, picture in covers:
                row.addLayout(self._cover(frame, side, picture))
            column.addLayout(row)
        column.addLayout(self._takes(frame, conflict))
        return frame

    def _cover(self, parent: Any, side: str, picture: StoredPicture) -> Any:
        column = QtWidgets.QVBoxLayout()
        shown = QtWidgets.QLabel(parent)
        shown.setFixedHeight(_PICTURE)
        shown.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        column.addWidget(shown)
        name = QtWidgets.QLabel(_SIDES[side], parent)
        name.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        column.addWidget(name)
        self._covers.append((picture, shown))
        return column

    def _decided(self, parent: Any, conflict: MergeConflict) -> Any:
        frame = QtWidgets.QWidget(parent)
        column = QtWidgets.QVBoxLayout(frame)
        column.setContentsMargins(4, 0, 4, 0)
        take = logic.take_label(conflict.take)
        column.addWidget(label(frame, f"✓ {logic.conflict_text(conflict)}: {take}"))
        column.addLayout(self._takes(frame, conflict))
        return frame

    def _takes(self, parent: Any, conflict: MergeConflict) -> Any:
        row = QtWidgets.QHBoxLayout()
        for take in conflict.takes:
            button = QtWidgets.QPushButton(logic.take_label(take), parent)
            button.setMinimumWidth(40)
            button.setToolTip(_TIPS.get(take, ""))
            button.setCheckable(bool(conflict.take))
            button.setChecked(take == conflict.take)
            button.clicked.connect(
                lambda _=False, ident=conflict.id, take=take: self.decided.emit(ident, take)
            )
            row.addWidget(button)
            self.buttons[conflict.id, take] = button
        return row

    def step(self, session: Session, pixmaps: Pixmaps) -> None:
        """Fetch the pictures of both sides, and show those that have come."""
        if not self.isVisible():
            return
        session.want_pictures([picture for picture, _ in self._covers])
        for picture, shown in self._covers:
            if shown.pixmap() is not None and not shown.pixmap().isNull():
                continue
            key = logic.picture_key(picture)
            data = session.picture(picture)
            if pixmaps.get(key) is None and isinstance(data, bytes):
                pixmaps.put(key, data)
            found = pixmaps.get(key)
            if found is not None:
                smooth = QtCore.Qt.TransformationMode.SmoothTransformation
                keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
                shown.setPixmap(found.scaled(_PICTURE, _PICTURE, keep, smooth))
