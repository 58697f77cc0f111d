//! Kamailio as a server under load: digest, users and locations in memory, a stateful proxy that stays in the dialog.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::phone;

/// Starts it on a configuration written for this run.
pub fn start(folder: &Path, phones: usize, port: u16) -> Result<Child> {
    let file = folder.join("kamailio.cfg");
    fs::write(&file, configuration(phones, port))?;
    let log = fs::File::create(folder.join("kamailio.log"))?;
    let run = folder.join("kamailio");
    fs::create_dir_all(&run)?;
    let program = if Path::new("/usr/sbin/kamailio").exists() { "/usr/sbin/kamailio" } else { "kamailio" };
    Command::new(program)
        .arg("-f")
        .arg(&file)
        .args(["-DD", "-E", "-Y"])
        .arg(&run)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .context("kamailio cannot be run")
}

/// As little as an office needs: the checks, the digest, the registrar and the proxy of its own example, no database.
fn configuration(phones: usize, port: u16) -> String {
    let (first, last) = (phone::number(0), phone::number(phones - 1));
    let password = format!("\"{}\" + $var(i)", phone::password_of(""));
    CONFIGURATION
        .replace("PORT", &port.to_string())
        .replace("FIRST", &first)
        .replace("LAST", &last)
        .replace("PASSWORD", &password)
}

const CONFIGURATION: &str = r#"#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=2
max_while_loops=10000
auto_aliases=no
disable_tcp=yes
listen=udp:127.0.0.1:PORT

loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "htable.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"

modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 3600)
modparam("registrar", "min_expires", 60)
modparam("htable", "htable", "password=>size=10;")
modparam("auth", "nonce_expire", 600)

event_route[htable:mod-init] {
    $var(i) = FIRST;
    while ($var(i) <= LAST) {
        $sht(password=>$var(i)) = PASSWORD;
        $var(i) = $var(i) + 1;
    }
}

request_route {
    if (!mf_process_maxfwd_header("10")) {
        sl_send_reply("483", "Too Many Hops");
        exit;
    }
    if (is_method("CANCEL")) {
        if (t_check_trans()) {
            t_relay();
        }
        exit;
    }
    if (has_totag()) {
        if (loose_route()) {
            t_relay();
            exit;
        }
        if (is_method("ACK")) {
            if (t_check_trans()) {
                t_relay();
            }
            exit;
        }
        sl_send_reply("404", "Not here");
        exit;
    }
    t_check_trans();
    if (!pv_www_authenticate("perch.local", "$sht(password=>$fU)", "0")) {
        www_challenge("perch.local", "1");
        exit;
    }
    if (is_method("REGISTER")) {
        if ($tU != $au) {
            sl_send_reply("403", "Not yours");
            exit;
        }
        save("location");
        exit;
    }
    remove_hf("Authorization");
    record_route();
    if (!lookup("location")) {
        sl_send_reply("404", "Not found");
        exit;
    }
    if (!t_relay()) {
        sl_reply_error();
    }
}
"#;
