# SPDX-License-Identifier: GPL-3.0-or-later
"""Panels, operators and menus. They draw a session's state and hand commands on."""
