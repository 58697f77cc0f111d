//! Snom's file form: settings as XML elements, with `idx` for the identity and `perm` for who may change them.
//!
//! No value can break the form: texts are brought to one line and every sign that means something in XML is escaped. An
//! empty element clears.

use std::fmt::Write;

use crate::provision::text::long_line;

/// A file being written.
pub(super) struct Settings {
    text: String,
}

/// Who may change a setting at the phone.
#[derive(Clone, Copy)]
pub(super) enum Perm {
    /// Nobody.
    Locked,
    /// The user; the next fetch writes it again.
    Open,
}

impl Settings {
    /// A file with the no-reboot switch, which must stand before every other setting.
    pub(super) fn new() -> Self {
        let mut settings = Self::bare();
        settings.set("auto_reboot_on_setting_change", "off");
        settings
    }

    /// A file without any setting.
    pub(super) fn bare() -> Self {
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<settings>\n  <phone-settings>\n";
        Self { text: head.to_owned() }
    }

    /// A setting of the phone that its user cannot change.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.element(name, None, Perm::Locked, value);
    }

    /// A setting of the phone that its user can change.
    pub(super) fn offer(&mut self, name: &str, value: &str) {
        self.element(name, None, Perm::Open, value);
    }

    /// A setting of an identity.
    pub(super) fn of_identity(&mut self, identity: usize, name: &str, value: &str) {
        self.element(name, Some(identity), Perm::Locked, value);
    }

    fn element(&mut self, name: &str, idx: Option<usize>, perm: Perm, value: &str) {
        let idx = idx.map(|idx| format!(" idx=\"{idx}\"")).unwrap_or_default();
        let perm = match perm {
            Perm::Locked => "R",
            Perm::Open => "",
        };
        self.line(format_args!("    <{name}{idx} perm=\"{perm}\">{}</{name}>", escape(value)));
    }

    /// An element that was checked, as it is.
    pub(super) fn verbatim(&mut self, element: &str) {
        self.line(format_args!("    {element}"));
    }

    /// Ends the settings and begins the keys.
    pub(super) fn begin_keys(&mut self) {
        self.line(format_args!("  </phone-settings>\n  <functionKeys>"));
    }

    /// A key, counted from 0.
    pub(super) fn key(&mut self, index: usize, label: &str, content: &str) {
        let (label, content) = (escape(label), escape(content));
        self.line(format_args!(
            "    <fkey idx=\"{index}\" context=\"active\" label=\"{label}\" short_label=\"{label}\" perm=\"R\">{content}</fkey>"
        ));
    }

    /// Ends the keys.
    pub(super) fn end_keys(&mut self) {
        self.line(format_args!("  </functionKeys>"));
    }

    /// An address book that holds nobody and replaces what was there.
    pub(super) fn empty_address_book(&mut self) {
        self.line(format_args!("  <tbook complete=\"true\"/>"));
    }

    /// The whole file, keys included.
    pub(super) fn finish(mut self) -> String {
        self.line(format_args!("</settings>"));
        self.text
    }

    /// The whole file, where it has no keys.
    pub(super) fn finish_settings(mut self) -> String {
        self.line(format_args!("  </phone-settings>"));
        self.finish()
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{line}").expect("a String takes every text");
    }
}

/// A text as XML content or attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in long_line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}
