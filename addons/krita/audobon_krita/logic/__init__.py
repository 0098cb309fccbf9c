# SPDX-License-Identifier: GPL-3.0-or-later
"""What the docker does, without Krita and without Qt."""
