"""An embedding model that loads at once: a BERT of two small layers with random weights."""

from pathlib import Path

_WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] red blue shoe boot query passage : warm light".split()


def save_tiny_bert(folder: Path) -> Path:
    """Writes it as sentence-transformers does.

    Args:
        folder: an empty one.

    Returns:
        The model's own folder in it.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel, BertTokenizer

    base = folder / "bert"
    base.mkdir()
    vocabulary = base / "vocab.txt"
    vocabulary.write_text("\n".join(_WORDS), "utf-8")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(_WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=40,
    )
    BertModel(config).save_pretrained(base)
    BertTokenizer(vocab=str(vocabulary)).save_pretrained(base)
    layers = Transformer(str(base), max_seq_length=32)
    model = folder / "tiny"
    SentenceTransformer(modules=[layers, Pooling(16)], device="cpu").save(str(model))
    return model
