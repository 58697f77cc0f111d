//! Perch as a server under load.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::phone;

/// Makes the folder that every round begins with: an office with one phone set up by hand for each extension.
pub fn prepare(program: &Path, folder: &Path, phones: usize) -> Result<()> {
    let mut office = String::from("[office]\nname = \"Load\"\ncountry = \"IT\"\nlanguage = \"en\"\n");
    for index in 0..phones {
        let (number, password) = (phone::number(index), phone::password(index));
        write!(
            office,
            "[[extension]]\nnumber = \"{number}\"\nname = \"Phone {number}\"\n\
             [[device]]\nname = \"Phone-{number}\"\nmodel = \"generic\"\nextension = \"{number}\"\n\
             sip_user = \"{number}\"\nsip_password = \"{password}\"\n"
        )?;
    }
    let file = folder.join("office.toml");
    fs::write(&file, office)?;
    let applied = Command::new(program)
        .args(["apply", "--yes"])
        .arg(&file)
        .arg("--data")
        .arg(folder.join("data"))
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("{} cannot be run", program.display()))?;
    ensure!(applied.success(), "perch apply has failed");
    Ok(())
}

/// Starts it on a copy of the prepared folder.
pub fn start(program: &Path, folder: &Path, round: usize, port: u16) -> Result<Child> {
    let data = folder.join(format!("round-{round}"));
    let copied = Command::new("cp").arg("-a").arg(folder.join("data")).arg(&data).status()?;
    ensure!(copied.success(), "the folder cannot be copied");
    let log = fs::File::create(folder.join("perch.log"))?;
    Command::new(program)
        .arg("serve")
        .arg("--data")
        .arg(data)
        .args(["--sip", &format!("127.0.0.1:{port}"), "--http", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .with_context(|| format!("{} cannot be run", program.display()))
}
