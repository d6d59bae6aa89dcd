"""Tables in Parquet, the same bytes for the same rows."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def write_frame(table: pd.DataFrame, path: Path) -> None:
    """Write plain columns; the index and the versions of libraries are left out."""
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, path, compression="zstd", store_schema=False)


def read_frame(path: Path) -> pd.DataFrame:
    """Read what `write_frame` wrote."""
    return pq.read_table(path).to_pandas()
