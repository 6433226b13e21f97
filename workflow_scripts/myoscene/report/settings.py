"""The page."""

from dataclasses import dataclass

from myoscene.core.settings import Count, Text


@dataclass(frozen=True)
class ReportSettings:
    """The page."""

    show_eyes: bool = False
    """Show parts of faces: mean neutral images, example frames, and what personalisation removes. Eye images
    identify people, so the page then must not be passed on as anonymous."""
    title: Text = "Facial expression and workload"
    """Title at the top of the page."""
    heatmap_features: Count = 70
    """Most expression features in the heat map of associations; those with the smallest p stay."""
    timeline_participants: Count = 4
    """Most participants whose timelines are drawn."""
    top_associations: Count = 20
    """Most associations in the forest plot."""
