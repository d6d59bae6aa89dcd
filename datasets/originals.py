"""The unmasked texts, sealed: kept only when the owner asks for it, in a table of their own."""

from cryptography.fernet import Fernet, InvalidToken

from otklik.datasets.errors import BadSettings, StoreError


class Originals:
    """Seals and opens unmasked texts (Fernet: AES-128-CBC with HMAC-SHA256).

    Parameters
    ----------
    key : str
        Fernet key: 32 bytes in URL-safe base64, as `Fernet.generate_key()` makes them.

    Raises
    ------
    BadSettings
        The key has another form; it is not repeated in the message.
    """

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError as error:
            raise BadSettings(
                "OTKLIK_ORIGINALS_KEY is not a Fernet key (32 bytes in URL-safe base64). "
                "Make one: python -c 'from cryptography.fernet import Fernet; "
                "print(Fernet.generate_key().decode())'"
            ) from error

    def seal(self, text: str) -> bytes:
        """Encrypt one text; lone surrogates, which UTF-8 cannot hold, become «?»."""
        return self._fernet.encrypt(text.encode(errors="replace"))

    def unseal(self, sealed: bytes) -> str:
        """Decrypt one text.

        Raises
        ------
        StoreError
            It was sealed with another key, or altered.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise StoreError(
                "An original was sealed with another key, or altered. "
                "Set OTKLIK_ORIGINALS_KEY to the key that was in force when it was imported."
            ) from error
