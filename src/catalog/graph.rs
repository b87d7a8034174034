//! The graph of a system's phases: what is wrong with it, and orders within it.

use super::model::{Phase, SourceFile, System};
use super::names::did_you_mean;
use super::problems::Problems;
use super::system_toml::DeclaredPhase;
use super::toml_reader::Doc;
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use std::collections::{BTreeMap, BTreeSet};

/// Notes duplicate numbers and names, unknown and repeated dependencies, cycles.
pub(crate) fn check(phases: &[DeclaredPhase], file: &SourceFile, problems: &Problems) {
    let doc = Doc { file, problems };
    let before = problems.count();
    check_duplicates(phases, doc);
    // A name that means two phases would make every edge doubtful.
    if problems.count() > before {
        return;
    }
    let names: Vec<&str> = phases
        .iter()
        .map(|phase| phase.name.get_ref().as_str())
        .collect();
    for phase in phases {
        check_dependencies(phase, &names, doc);
    }
    check_cycles(phases, doc);
}

fn check_duplicates(phases: &[DeclaredPhase], doc: Doc<'_>) {
    let (mut numbers, mut names) = (BTreeMap::new(), BTreeMap::new());
    for phase in phases {
        let (number, name) = (phase.number.get_ref(), phase.name.get_ref());
        if let Some(other) = numbers.insert(number, name) {
            let message = format!("phase number {number} is already `{other}`");
            doc.report(phase.number.span(), message);
        }
        if let Some(other) = names.insert(name, number) {
            let message = format!("phase name `{name}` is already number {other}");
            doc.report(phase.name.span(), message);
        }
    }
}

fn check_dependencies(phase: &DeclaredPhase, names: &[&str], doc: Doc<'_>) {
    let own = phase.name.get_ref();
    let mut seen = BTreeSet::new();
    for dependency in &phase.depends_on {
        let name = dependency.get_ref();
        if name == own {
            doc.report(
                dependency.span(),
                format!("phase `{own}` depends on itself"),
            );
        } else if !names.contains(&name.as_str()) {
            let message = format!("phase `{own}` depends on `{name}`, which is not declared");
            let others: Vec<&str> = names.iter().copied().filter(|name| name != own).collect();
            let hint = did_you_mean(name, &others, "other phases");
            doc.problems
                .push(doc.error(dependency.span(), message).hint(hint));
        } else if !seen.insert(name) {
            let message = format!("phase `{own}` names its dependency `{name}` twice");
            doc.report(dependency.span(), message);
        }
    }
}

/// Every knot of phases that need each other is one mistake, with one way around it.
fn check_cycles(phases: &[DeclaredPhase], doc: Doc<'_>) {
    let mut graph: DiGraph<&str, ()> = DiGraph::new();
    let nodes: BTreeMap<&str, _> = phases
        .iter()
        .map(|phase| phase.name.get_ref().as_str())
        .map(|name| (name, graph.add_node(name)))
        .collect();
    for phase in phases {
        let needed = phase
            .depends_on
            .iter()
            .filter_map(|name| nodes.get(name.get_ref().as_str()));
        for node in needed {
            graph.add_edge(nodes[phase.name.get_ref().as_str()], *node, ());
        }
    }
    for knot in tarjan_scc(&graph).into_iter().filter(|knot| knot.len() > 1) {
        let members: BTreeSet<&str> = knot.into_iter().map(|node| graph[node]).collect();
        let Some(path) = way_around(phases, &members) else {
            continue;
        };
        let Some(first) = phases.iter().find(|phase| phase.name.get_ref() == path[0]) else {
            continue;
        };
        let edge = first
            .depends_on
            .iter()
            .find(|dependency| dependency.get_ref() == path[1]);
        let span = edge.map_or_else(|| first.name.span(), toml::Spanned::span);
        let error = doc.error(
            span,
            format!("phases depend on each other: {}", path.join(" → ")),
        );
        doc.problems
            .push(error.hint("an arrow reads \"needs\"; take one of them away"));
    }
}

/// A closed path within a knot, looked for from its lowest number.
fn way_around<'a>(phases: &'a [DeclaredPhase], knot: &BTreeSet<&str>) -> Option<Vec<&'a str>> {
    let within = || {
        phases
            .iter()
            .filter(|phase| knot.contains(phase.name.get_ref().as_str()))
    };
    let mut at = within().min_by_key(|phase| phase.number.get_ref())?;
    let mut path: Vec<&str> = Vec::new();
    while !path.contains(&at.name.get_ref().as_str()) {
        path.push(at.name.get_ref());
        at = within().find(|phase| {
            at.depends_on.iter().any(|name| {
                name.get_ref() == phase.name.get_ref() && name.get_ref() != at.name.get_ref()
            })
        })?;
    }
    let closing = at.name.get_ref().as_str();
    path.drain(..path.iter().position(|name| *name == closing)?);
    path.push(closing);
    Some(path)
}

impl System {
    /// The phase that a user means by a number or a name.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) listing the phases that there are.
    pub fn find_phase(&self, wanted: &str) -> crate::Result<&Phase> {
        let number = wanted.parse::<u32>().ok();
        let found = self
            .phases
            .iter()
            .find(|phase| Some(phase.number) == number || phase.name == wanted);
        found.ok_or_else(|| {
            let known: Vec<String> = self
                .phases
                .iter()
                .map(|phase| format!("{} ({})", phase.number, phase.name))
                .collect();
            let message = format!("{} has no phase {wanted:?}", self.name);
            crate::Error::new(crate::ErrorKind::Usage, message)
                .hint(format!("its phases: {}", known.join(", ")))
        })
    }

    /// All phases, each after those it depends on; by number where the graph leaves a choice.
    pub fn order(&self) -> Vec<&Phase> {
        let mut waiting: Vec<&Phase> = self.phases.iter().collect();
        waiting.sort_by_key(|phase| phase.number);
        let mut done: Vec<&Phase> = Vec::new();
        let ready = |phase: &Phase, done: &[&Phase]| {
            phase
                .depends_on
                .iter()
                .all(|name| done.iter().any(|phase| phase.name == *name))
        };
        while let Some(next) = waiting.iter().position(|phase| ready(phase, &done)) {
            done.push(waiting.remove(next));
        }
        done
    }

    /// The phases that the named one needs, directly or not, without itself, in [`System::order`].
    pub fn closure(&self, phase: &str) -> Vec<&Phase> {
        self.reach(phase, |name, other| {
            self.phase(name)
                .is_some_and(|phase| phase.depends_on.contains(&other.name))
        })
    }

    /// The phases that need the named one, directly or not, without itself, in [`System::order`];
    /// they go down in the opposite order.
    pub fn dependents(&self, phase: &str) -> Vec<&Phase> {
        self.reach(phase, |name, other| {
            other.depends_on.iter().any(|needed| needed == name)
        })
    }

    /// Whether `phase` needs `other`, directly or not.
    pub fn depends(&self, phase: &str, other: &str) -> bool {
        self.closure(phase)
            .iter()
            .any(|needed| needed.name == other)
    }

    fn reach(&self, from: &str, edge: impl Fn(&str, &Phase) -> bool) -> Vec<&Phase> {
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![from];
        while let Some(name) = open.pop() {
            for other in self.phases.iter().filter(|other| edge(name, other)) {
                if other.name != from && found.insert(&other.name) {
                    open.push(&other.name);
                }
            }
        }
        self.order()
            .into_iter()
            .filter(|phase| found.contains(phase.name.as_str()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::model::Platform;

    /// A system of these phases: number, name, dependencies.
    fn system(phases: &[(u32, &str, &[&str])]) -> System {
        let phase = |(number, name, needs): &(u32, &str, &[&str])| Phase {
            number: *number,
            name: (*name).to_owned(),
            domain: String::new(),
            depends_on: needs.iter().map(|name| (*name).to_owned()).collect(),
            counts: Default::default(),
            anon_execute: Vec::new(),
            line: 1,
            migrations: Vec::new(),
            repeatables: Vec::new(),
            seed: None,
            verify: None,
        };
        System {
            name: "s".into(),
            title: "S".into(),
            description: "S".into(),
            platform: Platform::Postgres,
            min_server: 15,
            is_default: false,
            lock_timeout: None,
            schemas: vec!["public".into()],
            counts: Default::default(),
            phases: phases.iter().map(phase).collect(),
            tasks: Vec::new(),
            snapshot: None,
            file: SourceFile::new("s/system.toml", ""),
        }
    }

    fn names<'a>(phases: &[&'a Phase]) -> Vec<&'a str> {
        phases.iter().map(|phase| phase.name.as_str()).collect()
    }

    #[test]
    fn the_order_is_by_number_as_far_as_dependencies_allow() {
        let system = system(&[
            (1, "a", &[]),
            (2, "b", &["d"]),
            (3, "c", &["a"]),
            (4, "d", &["a"]),
        ]);
        assert_eq!(names(&system.order()), ["a", "c", "d", "b"]);
    }

    #[test]
    fn closure_and_dependents_are_transitive_and_leave_out_the_phase_itself() {
        let system = system(&[
            (1, "a", &[]),
            (2, "b", &["a"]),
            (3, "c", &["b"]),
            (4, "d", &["a"]),
        ]);
        assert_eq!(names(&system.closure("c")), ["a", "b"]);
        assert_eq!(names(&system.dependents("a")), ["b", "c", "d"]);
        assert!(system.depends("c", "a") && !system.depends("a", "c") && !system.depends("a", "a"));
        assert!(system.closure("nobody").is_empty());
    }
}
