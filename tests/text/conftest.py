"""Property tests here have no time limit: a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("text", settings.default, deadline=None)
settings.load_profile("text")
