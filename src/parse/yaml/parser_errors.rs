//! Messages and help for the errors of the YAML parser.

use granit_parser::ErrorKind;

/// The message for an error of the YAML parser.
pub(super) struct Explanation {
    /// The reason, for "this is not YAML: …".
    pub(super) why: String,
    /// The help; empty if the message is sufficient.
    pub(super) help: &'static str,
}

const INDENT: &str = "indent with spaces, siblings by the same number";
const QUOTE: &str = "put the whole value in quotes";
const CLOSE: &str = "close what was opened, with the bracket that fits";

/// Returns the message for a kind of parser error.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's kinds are an open enum, and some cannot come of a text"
)]
pub(super) fn explain(kind: &ErrorKind) -> Explanation {
    let (why, help): (&str, &'static str) = match kind {
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return Explanation { why: format!("`{open}` is closed by `{close}`"), help: CLOSE };
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            return Explanation { why: format!("`{open}` is never closed"), help: CLOSE };
        }
        ErrorKind::UnexpectedCharacter { character } => {
            return Explanation { why: format!("`{}` cannot begin a value", character.escape_debug()), help: QUOTE };
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => {
            ("a list in brackets lacks a `,` or its `]`", CLOSE)
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => ("a mapping in braces lacks a `,` or its `}`", CLOSE),
        ErrorKind::MisplacedFlowCollectionEnd => ("a bracket closes what was never opened", CLOSE),
        ErrorKind::UnknownAnchor => {
            ("this alias names no anchor above it", "define the anchor with `&name` before using `*name`")
        }
        ErrorKind::MissingAnchorOrAliasName => {
            ("an anchor or alias has no name", "name it, or put a value that begins with `*` or `&` in quotes")
        }
        ErrorKind::UnclosedQuotedScalar => ("this quote is never closed", "close the quote"),
        ErrorKind::InvalidQuotedScalarIndent | ErrorKind::DocumentIndicatorInQuotedScalar => {
            ("the quoted text breaks off before its closing quote", "close the quote, or indent its further lines")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("text follows a closing quote", QUOTE)
        }
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => (
            "double quotes do not know this backslash escape",
            "write the backslash twice, or use single quotes, which know no escapes",
        ),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => ("a tab stands where YAML allows spaces only", "replace the tab by spaces"),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` makes this a key where no key can be",
            "check the indentation of this line and the one above, or put a value that holds `: ` in quotes",
        ),
        ErrorKind::MappingKeyNotAllowed
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::SimpleKeyExpected
        | ErrorKind::ExpectedBlockMappingKey => {
            ("a key with a `:` is missing", "check this line's indentation and that its key is followed by `: `")
        }
        ErrorKind::InvalidMappingValueWhitespace
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::FlowMappingValueAdjacentCollection => ("a `:` stands in the wrong place", QUOTE),
        ErrorKind::BlockEntryInFlowCollection
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidBlockEntryWhitespace
        | ErrorKind::PlainScalarStartsWithDashFlowIndicator => ("a `-` stands where no list item can be", INDENT),
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent | ErrorKind::InvalidBlockScalarIndent => {
            ("the indentation fits nothing above it", INDENT)
        }
        ErrorKind::CommentInterceptedScalar => ("a comment cuts a text of several lines in two", QUOTE),
        ErrorKind::CommentNotSeparated => ("`#` follows a value without a space", "put a space before the comment"),
        ErrorKind::ZeroBlockScalarIndent | ErrorKind::InvalidBlockScalarHeader => {
            ("`|` or `>` is followed by something other than `+`, `-` or a number", "move the text to the next line")
        }
        ErrorKind::UndeclaredTagHandle
        | ErrorKind::ExpectedTagBang
        | ErrorKind::ExpectedTagDirectiveBang
        | ErrorKind::InvalidGlobalTagCharacter
        | ErrorKind::InvalidTagDirectiveTerminator
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::MissingTagUri
        | ErrorKind::UnclosedVerbatimTag
        | ErrorKind::InvalidTagEscape
        | ErrorKind::InvalidTagUtf8LeadingByte
        | ErrorKind::InvalidTagUtf8TrailingByte
        | ErrorKind::InvalidTagUtf8
        | ErrorKind::DuplicateTagDirective => ("this tag is malformed", "put a value that begins with `!` in quotes"),
        ErrorKind::DuplicateVersionDirective
        | ErrorKind::UnsupportedYamlMajorVersion
        | ErrorKind::YamlVersionTooLong
        | ErrorKind::MissingYamlVersion
        | ErrorKind::MissingYamlVersionSeparator
        | ErrorKind::MissingDirectiveName
        | ErrorKind::InvalidDirectiveName
        | ErrorKind::InvalidDirectiveTerminator
        | ErrorKind::DirectiveDisallowed
        | ErrorKind::DirectiveByteLimitExceeded { .. }
        | ErrorKind::TooManyReservedDirectiveParams { .. }
        | ErrorKind::MissingDocumentEndBeforeDirective => {
            ("a line that begins with `%` is a directive, and this is none", "remove the line or put it in quotes")
        }
        ErrorKind::ExpectedDocumentStart | ErrorKind::InvalidDocumentEnd => (
            "something follows the end of the document",
            "check this line's indentation, or begin a document with `---`",
        ),
        ErrorKind::BomInsideDocument => ("a byte-order mark stands inside the text", "remove it"),
        ErrorKind::ExpectedNodeContent | ErrorKind::UnexpectedEndOfPlainScalar => ("a value is missing", QUOTE),
        ErrorKind::ExpectedWhitespace => ("a space is missing", "put a space here"),
        ErrorKind::UnexpectedEof | ErrorKind::UnexpectedEofBlockSequence | ErrorKind::UnexpectedEofBlockMapping => {
            ("the text ends in the middle", "complete it")
        }
        _ => ("the parser cannot make sense of this place", INDENT),
    };
    Explanation { why: why.to_owned(), help }
}
