from __future__ import annotations

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_layout as layout
from ansible_collections.ai_systems.runbook.plugins.module_utils._image_build_layout import MIB


def test_the_table_has_a_fat_and_the_root_behind_it() -> None:
    assert layout.partition_table(100 * MIB) == (
        "label: dos\nlabel-id: 0x13a5b005\nunit: sectors\n"
        "start=8192, size=1048576, type=c, bootable\n"
        "start=1056768, size=204800, type=83\n"
    )


def test_a_root_has_room_for_its_first_boot() -> None:
    content = 900 * MIB
    size = layout.root_size(content)
    assert size % MIB == 0
    assert content + 320 * MIB < size < content + 400 * MIB
