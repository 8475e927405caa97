"""The example model: it predicts from measurements of cell nuclei if a tumour is malignant."""
