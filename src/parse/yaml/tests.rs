//! Tests of values and locations of YAML documents.

use super::*;

fn read_documents(text: &str) -> (Result<Vec<Tree>, Stopped>, Vec<String>) {
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let source = sources.add("a.yaml", None, text);
    let trees = documents(source, &sources, &mut report);
    (trees, report.problems().iter().map(|problem| crate::report::short(problem, &sources)).collect())
}

/// Formats a tree in flow style with `text@span`, so that a test shows values and locations.
fn show(tree: &Tree) -> String {
    let tag = tree.tag.map_or(String::new(), |tag| format!("{tag:?} "));
    match &tree.value {
        TreeValue::Scalar(scalar) => format!("{tag}{:?}/{:?}", scalar.text, scalar.style),
        TreeValue::Sequence(items) => format!("{tag}[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        TreeValue::Mapping(mapping) => {
            let entries: Vec<_> = mapping.iter().map(|(key, entry)| format!("{key}: {}", show(&entry.value))).collect();
            format!("{tag}{{{}}}", entries.join(", "))
        }
    }
}

fn flow_style(text: &str) -> String {
    let (trees, problems) = read_documents(text);
    assert_eq!(problems, Vec::<String>::new(), "{text:?}");
    trees.unwrap().iter().map(show).collect::<Vec<_>>().join(" --- ")
}

fn refused(text: &str) -> Vec<String> {
    let (trees, problems) = read_documents(text);
    assert_eq!(trees, Err(Stopped), "{text:?}");
    problems
}

#[test]
fn scalars_keep_text_and_style() {
    assert_eq!(
        flow_style("a: 1\nb: \"1\\n\"\nc: '1'\nd: |\n  x\n  y\ne:\nf: ~\ng: ''\n"),
        "{a: \"1\"/Plain, b: \"1\\n\"/Quoted, c: \"1\"/Quoted, d: \"x\\ny\\n\"/Block, e: \"\"/Omitted, \
         f: \"~\"/Plain, g: \"\"/Quoted}"
    );
}

#[test]
fn a_block_scalar_at_the_end_of_the_file_may_lack_a_line_break() {
    assert_eq!(flow_style("a: |\n  x"), "{a: \"x\"/Block}");
}

#[test]
fn tags_apply_to_every_kind_of_node_and_unknown_tags_are_ignored() {
    assert_eq!(
        flow_style(
            "a: !reset null\nb: !override\n  c: 1\nd: !!str 1\ne: !reset []\nf: !mine 1\ng: ! 1\nh: !!int \"8\""
        ),
        "{a: Reset \"null\"/Plain, b: Override {c: \"1\"/Plain}, d: Text \"1\"/Quoted, e: Reset [], \
         f: \"1\"/Plain, g: \"1\"/Plain, h: \"8\"/Plain}"
    );
}

#[test]
fn aliases_are_expanded_and_merge_keys_merged() {
    assert_eq!(
        flow_style("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], z: 5}\nd: {w: 0, <<: *b}\ne: *a"),
        "{a: {x: \"1\"/Plain, y: \"2\"/Plain}, b: {y: \"3\"/Plain, z: \"4\"/Plain}, \
         c: {x: \"1\"/Plain, y: \"2\"/Plain, z: \"5\"/Plain}, d: {w: \"0\"/Plain, y: \"3\"/Plain, z: \"4\"/Plain}, \
         e: {x: \"1\"/Plain, y: \"2\"/Plain}}"
    );
    assert_eq!(
        flow_style("a: &a [{x: 1}, {y: 2}]\nb: {<<: *a}").split_once("b: ").unwrap().1,
        "{x: \"1\"/Plain, y: \"2\"/Plain}}"
    );
    assert_eq!(flow_style("a: {\"<<\": 1}"), "{a: {<<: \"1\"/Plain}}");
}

#[test]
fn a_scalar_alias_may_be_a_key() {
    assert_eq!(flow_style("a: &k name\n*k : 1"), "{a: \"name\"/Plain, name: \"1\"/Plain}");
}

#[test]
fn a_source_may_have_several_documents_or_none() {
    assert_eq!(flow_style("a: 1\n---\n- 2\n"), "{a: \"1\"/Plain} --- [\"2\"/Plain]");
    assert_eq!(flow_style("# only a comment\n\n"), "");
    assert_eq!(flow_style(""), "");
    assert_eq!(flow_style("---\n"), "\"\"/Omitted");
}

#[test]
fn a_byte_order_mark_and_windows_line_breaks_are_accepted() {
    assert_eq!(flow_style("\u{feff}a: 1\r\nb:\r\n  - x\r\n"), "{a: \"1\"/Plain, b: [\"x\"/Plain]}");
}

#[test]
fn spans_cover_scalars_keys_and_collections() {
    let text = "é:\n  b: [1, 2]\n  c:\n    - 'x'\n    - |\n      y\nd: &x {}\ne: *x\n";
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let source = sources.add("a.yaml", None, text);
    let tree = document(source, &sources, &mut report).unwrap();
    let e = tree.get("é").unwrap();
    assert_eq!(sources.snippet(e.span), "b: [1, 2]\n  c:\n    - 'x'\n    - |\n      y\n");
    assert_eq!(sources.snippet(e.get("b").unwrap().span), "[1, 2]");
    assert_eq!(sources.snippet(e.get("c").unwrap().as_sequence().unwrap()[0].span), "'x'");
    assert_eq!(sources.snippet(tree.get("e").unwrap().span), "{}");
    let keys: Vec<_> = tree.as_mapping().unwrap().values().map(|entry| sources.snippet(entry.key)).collect();
    assert_eq!(keys, ["é", "d", "e"]);
}

#[test]
fn parser_errors_have_locations() {
    assert_eq!(refused("a: 1\n\"a\": 2"), ["a.yaml:2:1: error[parse::duplicate_key]: the key `a` is given twice"]);
    assert_eq!(refused("1: 1\n'1': 2").len(), 1);
    assert_eq!(refused("a: &a {}\nb: {<<: *a, <<: *a}").len(), 1);
    assert_eq!(
        refused("a: {{ x }}"),
        ["a.yaml:1:5: error[parse::key_not_single]: a list or a mapping is used as a key"]
    );
    assert_eq!(refused("a: {<<: 1}").len(), 1);
    assert_eq!(
        refused("a: &a [*a]"),
        ["a.yaml:1:8: error[parse::alias_in_itself]: the alias `*a` lies inside what it stands for"]
    );
    assert_eq!(refused("a: *b").len(), 1);
    assert_eq!(
        refused("a: \"x\nb: 1\n"),
        ["a.yaml:1:4: error[parse::not_yaml]: this is not YAML: this quote is never closed"]
    );
    assert_eq!(refused("a:\n\t- b\n").len(), 1);
    assert_eq!(refused("a: [1\nb: 2").len(), 1);
    assert_eq!(refused("a: 1\na: 2\nb: 1\nb: 2").len(), 2, "all that can be found is");
}

#[test]
fn the_nesting_depth_is_limited() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read_documents(&nested(DEEPEST)).0.is_ok());
    assert_eq!(refused(&nested(DEEPEST + 1)).len(), 1);
    let through_aliases = format!("- &a {}\n- {}*a{}", nested(200), "[".repeat(100), "]".repeat(100));
    assert!(refused(&through_aliases)[0].contains("parse::too_deep"));
}

#[test]
fn the_expansion_of_aliases_is_limited() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        bomb = format!("{bomb}a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "));
    }
    let problems = refused(&bomb);
    assert!(problems[0].contains("parse::too_many_aliases"), "{problems:?}");
}

#[test]
fn a_second_document_is_refused_if_one_is_expected() {
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let source = sources.add("a.yaml", None, "a: 1\n---\nb: 2\n");
    assert_eq!(document(source, &sources, &mut report), Err(Stopped));
    let source = sources.add("b.yaml", None, "");
    assert!(document(source, &sources, &mut report).unwrap().is_null());
}
