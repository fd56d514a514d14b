# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runbook's lint: what playbooks, roles, unit files and context.md say is checked before anything runs.

It takes its decisions from the same files as the collection's modules and its audit: ``runbook_lint.decisions`` is
plugins/module_utils under another name. Nothing of ansible_collections is imported, for whoever installs this package
need not have the collection.
"""
