# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on decides, in plain Python: no bpy, so that it is tested without Blender."""
