//! `manifests/`, `services/` and `runs/`: one file per Compose service.

pub(crate) mod document;
pub(crate) mod kustomization;
pub(crate) mod rendered_service;
pub(crate) mod secrets;

use document::file;
use rendered_service::RenderedService;

use crate::emit::files::File;
use crate::emit::header;
use crate::emit::metadata::OutputMetadata;
use crate::emit::problem::Problem;
use crate::lower::Objects;
use crate::lower::objects::ResolverObjects;
use crate::maps::HashMap;
use crate::vocabulary::file;

/// Returns the files with their paths, in a natural order for readers.
pub(crate) fn manifests(
    objects: &mut Objects<RenderedService>,
    metadata: &OutputMetadata,
) -> Result<Vec<(String, File)>, Vec<Problem>> {
    let header = header::hash(metadata);
    let mut kit = Kit { files: Vec::new(), taken: HashMap::default(), problems: Vec::new() };
    if !objects.shared.is_empty() {
        let path = namespace_file(objects);
        kit.take(path.to_owned(), "the namespace", file(path, &header, &objects.shared, metadata));
    }
    if let Some(ResolverObjects { name, manifests, services, image: _, names: _ }) = &objects.resolver {
        let paths = [(file::manifest(name.as_str()), manifests), (file::service(name.as_str()), services)];
        for (path, objects) in paths {
            let file = file(&path, &header, objects, metadata);
            kit.take(path, "the project resolver", file);
        }
    }
    for service in &mut objects.services {
        let owner = format!("service `{}`", service.service);
        if let Some(file) = service.manifests.take() {
            kit.take(file::manifest(service.name.as_str()), &owner, file);
        }
        if let Some(file) = service.services.take() {
            kit.take(file::service(service.name.as_str()), &owner, file);
        }
    }
    for run in &objects.runs {
        let path = file::run(&run.run);
        let file = file(&path, &header, std::slice::from_ref(&run.pod), metadata);
        kit.take(path, &format!("run `{}`", run.run), file);
    }
    if kit.problems.is_empty() { Ok(kit.files) } else { Err(kit.problems) }
}

/// Returns the path of the file with the namespace.
pub(crate) fn namespace_file(objects: &Objects<RenderedService>) -> &'static str {
    let is_taken = objects.services.iter().any(|service| file::manifest(service.name.as_str()) == file::NAMESPACE);
    if is_taken { file::PROJECT_NAMESPACE } else { file::NAMESPACE }
}

struct Kit {
    files: Vec<(String, File)>,
    taken: HashMap<String, String>,
    problems: Vec<Problem>,
}

impl Kit {
    fn take(&mut self, path: String, owner: &str, file: Result<File, Vec<Problem>>) {
        // The file systems of macOS and Windows ignore case.
        if let Some(other) = self.taken.insert(path.to_lowercase(), owner.to_owned()) {
            self.problems.push(Problem::unfaithful(&path, format!("{other} and {owner} have one file name")));
            return;
        }
        match file {
            Ok(file) => self.files.push((path, file)),
            Err(problems) => self.problems.extend(problems),
        }
    }
}
