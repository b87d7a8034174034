//! Tells Cargo to build again when a file of an embedded folder is added or removed: the macro that
//! embeds them notices only changed ones on a stable compiler.

#[allow(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=phases");
}
