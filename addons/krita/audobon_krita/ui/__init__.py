# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's widgets: they show a state and turn clicks into calls of ``logic``."""
