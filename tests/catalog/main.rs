//! Reading a system's files: what is read, and what each mistake in them says.

mod anything;
mod declarations;
mod files;
mod graph;
mod loading;
mod seeds;
mod support;
