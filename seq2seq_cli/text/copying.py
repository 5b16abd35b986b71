"""What a source token is when it is copied: the target token of the same text.

The table is fixed by the two vocabularies, so that a run needs no file for it. Knows nothing of
models.
"""

from seq2seq_cli.errors import InputError
from seq2seq_cli.text.features import is_feature
from seq2seq_cli.text.vocabulary import EOS, PAD, SPECIALS, UNK, Vocabulary


def copy_table(source: Vocabulary, target: Vocabulary) -> list[int]:
    """For each source id, the target id that a copy of it is; `<pad>` where it cannot be copied.

    A token that the target vocabulary lacks is copied as `<unk>`, and so is an unknown one: what is
    written for it is the source token itself, see `search.translator`. Features are no text, and
    nothing is copied of them. The end of the source is the end of the target.

    Raises:
        InputError: if no token of text is in both vocabularies.
    """
    if not any(token in target for token in source.tokens):
        raise InputError(
            "--copying: the vocabularies of the source and of the target have no token in common, "
            "so that nothing can be copied. Leave it out, or prepare the data with tokenizers that "
            "share symbols, such as --tokenizer char."
        )
    specials = [id_ if id_ in (EOS, UNK) else PAD for id_ in range(len(SPECIALS))]
    tokens = source.tokens[len(SPECIALS) :]
    found = zip(tokens, target.ids(tokens), strict=True)
    return specials + [PAD if is_feature(token) else id_ for token, id_ in found]
