"""From ``sternway.toml`` to what holds before anybody changes anything, and back. No I/O."""

from __future__ import annotations

from msgspec.structs import replace

from hardware.link import Configure
from kiosk.config import Settings
from kiosk.preferences.model import RAILS_BY_STRICTNESS, Bounds, Preferences


def base_of(settings: Settings, *, calibrated: bool, set_up: bool) -> Preferences:
    """Return what the file says. ``calibrated``: it says what a count is, or all is simulated."""
    site, screen, sound, treadmill = (
        settings.site,
        settings.screen,
        settings.sound,
        settings.treadmill,
    )
    return Preferences(
        site_name=site.name,
        contact=site.contact,
        starts_belt=site.starts_belt,
        language=site.language,
        units=site.units,
        sound=sound.enabled,
        volume_pct=sound.volume,
        voice=sound.voice,
        brightness_pct=screen.brightness,
        dim_after_s=screen.dim_after_s,
        dim_pct=screen.dim,
        facing=treadmill.facing,
        mm_per_count=treadmill.mm_per_count,
        invert=treadmill.invert,
        cap_kmh=treadmill.cap_kmh,
        rails=treadmill.rails,
        proof_every_h=settings.proof.every_h,
        calibrated=calibrated,
        set_up=set_up,
    )


def bounds_of(settings: Settings, *, rails_given: bool) -> Bounds:
    """Return how far staff may go.

    Where the file does not say how the rails are held (``rails_given``), one hand may be chosen on
    the screen; nobody looking at the rails at all is for the file alone.
    """
    treadmill = settings.treadmill
    rails = treadmill.rails if rails_given or treadmill.rails != "both" else "one"
    return Bounds(treadmill.cap_kmh, rails, settings.proof.every_h)


def within(wanted: Preferences, bounds: Bounds) -> Preferences:
    """Return them made as strict as the bounds are: a file may have become stricter since."""
    order = RAILS_BY_STRICTNESS
    rails = wanted.rails if order.index(wanted.rails) <= order.index(bounds.rails) else bounds.rails
    return replace(
        wanted,
        cap_kmh=min(wanted.cap_kmh, bounds.cap_kmh),
        rails=rails,
        proof_every_h=min(wanted.proof_every_h, bounds.proof_every_h),
    )


def applied(settings: Settings, preferences: Preferences) -> Settings:
    """Return the settings as they hold on this kiosk, for what reads them once at its start."""
    now = preferences
    return replace(
        settings,
        site=replace(
            settings.site,
            name=now.site_name,
            contact=now.contact,
            starts_belt=now.starts_belt,
            language=now.language,
            units=now.units,
        ),
        sound=replace(settings.sound, enabled=now.sound, volume=now.volume_pct, voice=now.voice),
        treadmill=replace(
            settings.treadmill,
            facing=now.facing,
            mm_per_count=now.mm_per_count,
            invert=now.invert,
            cap_kmh=now.cap_kmh,
            rails=now.rails,
        ),
    )


def guarded(preferences: Preferences) -> Configure:
    """Return what the guard has to know of them."""
    return Configure(
        facing=preferences.facing,
        mm_per_count=preferences.mm_per_count,
        invert=preferences.invert,
        cap_kmh=preferences.cap_kmh,
    )
