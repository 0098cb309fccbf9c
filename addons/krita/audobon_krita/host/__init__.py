# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita and Qt as the plugin needs them: the only part that imports either."""
