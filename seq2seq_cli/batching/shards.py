"""How the files of a large split are named, and when a split is large.

Knows nothing of what is in them.
"""

SHARD_PAIRS: int = 2**20
"""Most pairs of a split that is not in shards; a shard has about as many, or fewer."""


def stem(split: str, shard: int | None) -> str:
    """What the names of a shard's files begin with: `train.00003`; `train` without shards."""
    return split if shard is None else f"{split}.{shard:05d}"
