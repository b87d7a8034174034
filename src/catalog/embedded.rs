//! The files that are part of the binary. Nothing here runs at start-up: the bytes lie in the
//! executable until somebody reads them.

use super::folder::Folder;
use include_dir::{Dir, include_dir};

static PHASES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/phases");

/// The systems that come with the tool.
pub fn phases() -> Folder {
    Folder::embedded("phases", &PHASES)
}
