//! What a native library needs of the system that loads it.

use object::elf::{FileHeader64, VER_FLG_BASE};
use object::read::elf::{ElfFile64, FileHeader, SectionHeader};
use object::{Architecture, BinaryFormat, Endianness, File, Object, ObjectSymbol};
use std::error::Error;
use std::path::Path;

/// The newest glibc that libraries may need: that of CentOS 7.
const GLIBC_FLOOR: Version = (2, 17);

type Version = (u32, u32);

/// Prints a line on each library: its machine, and the glibc that it needs.
///
/// # Errors
///
/// For a file that is no library with `nif_init`, that calls no function of the VM, or that needs a
/// glibc newer than 2.17.
pub(crate) fn report(paths: &[&str]) -> Result<(), Box<dyn Error>> {
    for path in paths {
        let line = of_file(&std::fs::read(Path::new(path))?).map_err(|error| format!("{path}: {error}"))?;
        println!("{path}: {line}");
    }
    Ok(())
}

fn of_file(content: &[u8]) -> Result<String, Box<dyn Error>> {
    let file = File::parse(content)?;
    let machine = match file.architecture() {
        Architecture::X86_64 => "x86_64",
        Architecture::Aarch64 => "aarch64",
        other => return Err(format!("a library for {other:?}").into()),
    };
    let exports: Vec<_> = file.exports()?.iter().map(|export| export.name().to_vec()).collect();
    let init = if file.format() == BinaryFormat::MachO {
        &b"_nif_init"[..]
    } else {
        b"nif_init"
    };
    if !exports.iter().any(|name| name == init) {
        return Err("it does not export nif_init".into());
    }
    let functions = functions_of_vm(&file, content);
    if functions == 0 {
        return Err("it calls no function of the VM".into());
    }
    let needs = match file.format() {
        BinaryFormat::Elf => of_elf(content)?,
        BinaryFormat::MachO => "macOS".to_string(),
        other => return Err(format!("a {other:?} file").into()),
    };
    Ok(format!("{machine}, {needs}, {functions} functions of the VM"))
}

/// How many functions of the VM a library calls: those that it is linked with, and on macOS those
/// whose names it has, since they are looked up when it is loaded.
fn functions_of_vm(file: &File<'_>, content: &[u8]) -> usize {
    const PREFIX: &[u8] = b"enif_";
    if file.format() == BinaryFormat::MachO {
        return content.windows(PREFIX.len()).filter(|text| *text == PREFIX).count();
    }
    let symbols = file.symbols().chain(file.dynamic_symbols());
    let names = symbols
        .filter(|symbol| symbol.is_undefined())
        .filter_map(|symbol| symbol.name_bytes().ok());
    names.filter(|name| name.starts_with(PREFIX)).count()
}

/// The libraries that an ELF file names, and the newest version of glibc that its symbols need.
fn of_elf(content: &[u8]) -> Result<String, Box<dyn Error>> {
    let elf = ElfFile64::<Endianness>::parse(content)?;
    let endian = elf.endian();
    let header: &FileHeader64<Endianness> = elf.elf_header();
    let sections = header.sections(endian, content)?;
    let mut newest: Version = (0, 0);
    if let Some((mut needs, link)) = sections.gnu_verneed(endian, content)? {
        let strings = sections.strings(endian, content, link)?;
        while let Some((_, mut versions)) = needs.next()? {
            while let Some(version) = versions.next()? {
                if version.vna_flags.get(endian) & VER_FLG_BASE == 0
                    && let Some(glibc) = glibc_version(version.name(endian, strings)?)
                {
                    newest = newest.max(glibc);
                }
            }
        }
    }
    if newest > GLIBC_FLOOR {
        return Err(format!("it needs glibc {}.{}, newer than 2.17", newest.0, newest.1).into());
    }
    let libraries = needed(&elf, content)?.join(" ");
    let libc = if newest == (0, 0) {
        "no glibc".to_string()
    } else {
        format!("glibc {}.{}", newest.0, newest.1)
    };
    Ok(format!("{libc} (needs {libraries})"))
}

/// The names of the libraries that an ELF file is linked with.
fn needed(elf: &ElfFile64<'_, Endianness>, content: &[u8]) -> Result<Vec<String>, Box<dyn Error>> {
    let endian = elf.endian();
    let sections = elf.elf_header().sections(endian, content)?;
    let mut names = Vec::new();
    for section in sections.iter() {
        if let Some((entries, link)) = section.dynamic(endian, content)? {
            let strings = sections.strings(endian, content, link)?;
            for entry in entries
                .iter()
                .filter(|entry| entry.d_tag.get(endian) == object::elf::DT_NEEDED)
            {
                let name = u32::try_from(entry.d_val.get(endian))
                    .ok()
                    .and_then(|at| strings.get(at).ok());
                names.extend(name.map(|name| String::from_utf8_lossy(name).into_owned()));
            }
        }
    }
    Ok(names)
}

/// The version in a symbol version of glibc such as `GLIBC_2.2.5`.
fn glibc_version(name: &[u8]) -> Option<Version> {
    let name = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
    let mut parts = name.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_glibc_are_compared_as_numbers() {
        assert_eq!(glibc_version(b"GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(glibc_version(b"GLIBC_2.33"), Some((2, 33)));
        assert_eq!(glibc_version(b"GCC_3.0"), None);
        assert!(glibc_version(b"GLIBC_2.9") < glibc_version(b"GLIBC_2.17"));
    }

    #[test]
    fn what_is_no_library_is_refused() {
        assert!(of_file(b"").is_err());
        assert!(of_file(b"\x7fELF").is_err());
    }
}
