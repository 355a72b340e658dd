"""A person's photo: whatever was uploaded is decoded and drawn anew, so that only a picture is left of it."""

import io
import warnings

from PIL import Image, ImageFile, ImageOps

from server.accounts.rules import AccountError

#: Bytes of an upload, and pixels of what it claims to hold (a photo of a large camera).
UPLOAD_MAX = 8_000_000
_PIXELS_MAX = 60_000_000
_SIDE = 512
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class NotAPhoto(AccountError):
    """This is not a picture (JPEG, PNG, WebP or GIF) of a sensible size."""

    code, field = "not_a_photo", "photo"


def portrait(content: bytes) -> bytes:
    """A JPEG of 512 by 512 pixels from the middle of the picture, without what cameras write beside it.

    Sizes are judged by the header, before a pixel is decoded: a decompression bomb stays packed.
    Raises `NotAPhoto`. Takes tens of milliseconds of a core.
    """
    if len(content) > UPLOAD_MAX:
        raise NotAPhoto
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _drawn(content)
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError) as error:
        raise NotAPhoto from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise NotAPhoto from error


def _drawn(content: bytes) -> bytes:
    # Whoever imports Synapse has it let through what was cut off, for the whole process.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
        width, height = picture.size
        if width * height > _PIXELS_MAX or min(width, height) < 1:
            raise NotAPhoto
        # A JPEG can be decoded small at once.
        picture.draft("RGB", (2 * _SIDE, 2 * _SIDE))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    square = ImageOps.fit(upright, (_SIDE, _SIDE), Image.Resampling.LANCZOS)
    paper = Image.new("RGB", square.size, "white")
    paper.paste(square, mask=square)
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()
