"""Many badges on a sheet: for a print shop that cuts them, or on labels that are cut already."""
