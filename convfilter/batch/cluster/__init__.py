"""Tasks on a dask.distributed cluster; the only import of distributed."""
