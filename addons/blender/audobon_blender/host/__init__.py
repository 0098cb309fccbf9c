# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender, wrapped: the only part of the add-on that imports bpy."""
