use super::model::Plan;
use crate::Result;
use crate::catalog::System;
pub(super) fn add(_plan: &mut Plan, _system: &System) -> Result<()> {
    Ok(())
}
