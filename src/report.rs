//! stub
use serde::Serialize;
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    pub name: String,
    pub expected: String,
    pub actual: String,
    pub ok: bool,
}
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub level: String,
    pub object: String,
    pub detail: String,
}
#[derive(Debug, Clone, Serialize)]
pub struct VerifyReport {
    pub ok: bool,
    pub checks: Vec<Check>,
    pub findings: Vec<Finding>,
}
